// One reader over mutations of one file, in a process of its own, which old-files.bench.mjs watches and ends: a reader
// may hang or take all memory. Tells of each mutation: right (the very rows of the sound file), wrong, refused.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [name, file, count, from, mutationsModule] = process.argv.slice(2);
const { mutations } = await import(pathToFileURL(mutationsModule).href);
const original = new Uint8Array(readFileSync(file));

const plain = (value) => {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return String(value.getTime());
  return ArrayBuffer.isView(value) ? Array.from(value, plain) : value;
};
const textOf = (value) => JSON.stringify(value, (_, each) => plain(each));

/** Each gives the rows as text. */
const READERS = {
  async own() {
    const { decodeLegacyKlines } = await import('@vision-cache/arrow-store/legacy');
    const { DATASETS } = await import('@vision-cache/cache-keys');
    const options = { dataset: DATASETS['binance/spot/klines'], interval: '1h' };
    return (bytes) => textOf(decodeLegacyKlines(bytes, options).batch.columns);
  },
  async hyparquet() {
    const { parquetReadObjects } = await import('hyparquet');
    const { decompress } = await import('fzstd');
    const compressors = { ZSTD: (input) => decompress(input) };
    // What is no bar's is no reader's fault: ours does not read it.
    const columns = ['open_time', 'open', 'high', 'low', 'close', 'volume', 'close_time', 'quote_asset_volume', 'count', 'taker_buy_volume', 'taker_buy_quote_volume']; // prettier-ignore
    return async (bytes) => textOf(await parquetReadObjects({ file: bytes.slice().buffer, compressors, columns }));
  },
  async 'apache-arrow'() {
    const { tableFromIPC } = await import('apache-arrow');
    return (bytes) => {
      const table = tableFromIPC(bytes);
      return textOf(table.schema.fields.map(({ name: column }) => [column, [...table.getChild(column)]]));
    };
  },
};

const read = await READERS[name]();
const sound = await read(original);
for (let round = 0; round < 20; round++) await read(original); // warm
let at = 0;
for (const bytes of mutations(original, Number(count), 1)) {
  if (at++ < Number(from)) continue;
  const started = performance.now();
  let outcome;
  try {
    outcome = (await read(bytes)) === sound ? 'right' : 'wrong';
  } catch {
    outcome = 'refused';
  }
  process.send({ outcome, milliseconds: performance.now() - started, peak: process.resourceUsage().maxRSS / 1024 });
}
process.disconnect();
