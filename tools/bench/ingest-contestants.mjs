// Ways from a zip of the archive to an Arrow file that is renamed into place. Each gives a function of the zip's bytes,
// its key and a folder, which returns the number of rows.
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { crc32, inflateRawSync } from 'node:zlib';
import { cacheKey, cachePath } from '@vision-cache/cache-keys';

const require = createRequire(import.meta.url);
const COLUMNS =
  'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume'.split(
    ',',
  );
const TIMES = new Set(['open_time', 'close_time']);
let files = 0;

/** The key of a file that is called as the archive calls it. */
export function keyOfZip(file) {
  const [, symbol, interval, date] = /^([A-Z]+)-(\w+?)-([\d-]+)\.zip$/.exec(basename(file));
  return cacheKey({ symbol, interval, date, packagingFrequency: date.length === 7 ? 'monthly' : 'daily' });
}

export function renamedInto(out, key, bytes) {
  const path = join(out, cachePath(key));
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${(files += 1)}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** Rows as arrays of numbers, made an Arrow file by apache-arrow. */
function arrowOf(columns) {
  const { Float64, Int64, makeData, makeVector, Table, TimestampMicrosecond, tableToIPC } = require('apache-arrow');
  const vector = (name, values) => {
    const type = TIMES.has(name) ? new TimestampMicrosecond('UTC') : name === 'count' ? new Int64() : new Float64();
    const data =
      values instanceof Float64Array && !(type instanceof Float64)
        ? BigInt64Array.from(values, (each) => BigInt(each))
        : values;
    return makeVector(makeData({ type, data, length: data.length }));
  };
  return tableToIPC(new Table(Object.fromEntries(COLUMNS.map((name) => [name, vector(name, columns[name])]))), 'file');
}

function columnsOf(rows) {
  return Object.fromEntries(
    COLUMNS.map((name, field) => [
      name,
      Float64Array.from(rows, (row) => (TIMES.has(name) ? Number(row[field]) * 1000 : Number(row[field]))),
    ]),
  );
}

const memberOf = (zip) => {
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18)));
};

export const contestants = {
  /** Zip, CRC, rows and report checked, the CHECKSUM compared, the file sealed. */
  async ours() {
    const { decodeArchive } = await import('@vision-cache/vision-client');
    const { writeArrowFile } = await import('@vision-cache/arrow-store');
    return async (zip, key, out) => {
      const sourceSha256 = createHash('sha256').update(zip).digest('hex');
      const { batch } = await decodeArchive(zip, key);
      const facts = { source: 'vision', sourceSha256, asOf: '2030-01-01' };
      await writeArrowFile(join(out, cachePath(key)), batch, facts, { durability: 'none' });
      return batch.numRows;
    };
  },
  async 'ours, without CHECKSUM and seal'() {
    const { decodeArchive } = await import('@vision-cache/vision-client');
    return async (zip, key, out) => {
      const { batch } = await decodeArchive(zip, key);
      renamedInto(out, key, Buffer.concat(Object.values(batch.columns).map((column) => new Uint8Array(column.buffer))));
      return batch.numRows;
    };
  },
  async 'nodejs-polars'() {
    const pl = require('nodejs-polars').default ?? require('nodejs-polars');
    return (zip, key, out) => {
      const frame = pl.readCSV(memberOf(zip), { hasHeader: false });
      renamedInto(out, key, frame.writeIPC());
      return frame.height;
    };
  },
  async udsv() {
    const { inferSchema, initParser } = require('udsv');
    return (zip, key, out) => {
      const text = `${COLUMNS.join(',')},ignore\n${memberOf(zip).toString('latin1')}`;
      const columns = initParser(inferSchema(text)).typedCols(text);
      const typed = Object.fromEntries(
        COLUMNS.map((name, index) => [
          name,
          Float64Array.from(columns[index], (value) => (TIMES.has(name) ? value * 1000 : value)),
        ]),
      );
      renamedInto(out, key, arrowOf(typed));
      return columns[0].length;
    };
  },
  async 'papaparse + fflate'() {
    const { parse } = require('papaparse');
    const { unzipSync } = require('fflate');
    return (zip, key, out) => {
      const [csv] = Object.values(unzipSync(zip));
      const rows = parse(Buffer.from(csv).toString('latin1'), { skipEmptyLines: true }).data;
      renamedInto(out, key, arrowOf(columnsOf(rows)));
      return rows.length;
    };
  },
  async 'csv-parse + fflate'() {
    const { parse } = require('csv-parse/sync');
    const { unzipSync } = require('fflate');
    return (zip, key, out) => {
      const [csv] = Object.values(unzipSync(zip));
      const rows = parse(Buffer.from(csv));
      renamedInto(out, key, arrowOf(columnsOf(rows)));
      return rows.length;
    };
  },
  async 'adm-zip + split + Number'() {
    const AdmZip = require('adm-zip');
    return (zip, key, out) => {
      const text = new AdmZip(zip).getEntries()[0].getData().toString();
      const rows = text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','));
      renamedInto(out, key, arrowOf(columnsOf(rows)));
      return rows.length;
    };
  },
};

/** What zlib takes for the two stages that every way has to go through. */
export const inflateAndCheck = (zip) => crc32(memberOf(zip));
