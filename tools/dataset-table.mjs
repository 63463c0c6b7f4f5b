// Writes docs/datasets.md from the one table of datasets, or with `--check` says whether it is up to date.
// Reads the sources, not the build, so that it cannot look at an older table.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/datasets.md');

const { outputFiles } = await build({
  entryPoints: [join(root, 'packages/cache-keys/src/index.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { BINANCE, INTERVALS } = await import(`data:text/javascript;base64,${source}`);

const MARKETS = {
  spot: 'spot',
  um: 'USD-margined futures (`um`)',
  cm: 'coin-margined futures (`cm`)',
  option: 'options (`option`)',
};

/** `1m 3m … 12h` as `1m–12h`: a run of the archive's intervals, finest first. */
function intervals(published) {
  if (published.length === 0) return '—';
  if (published.includes(undefined)) return 'yes';
  const runs = [];
  for (const [index, interval] of INTERVALS.entries()) {
    if (!published.includes(interval)) continue;
    const last = runs.at(-1);
    if (last?.end === index - 1) last.end = index;
    else runs.push({ start: index, end: index });
  }
  return runs
    .map(({ start, end }) => (start === end ? INTERVALS[start] : `${INTERVALS[start]} to ${INTERVALS[end]}`))
    .join(', ');
}

function marketTable(marketType) {
  const rows = BINANCE.datasets
    .filter((dataset) => dataset.marketType === marketType)
    .map(({ dataNature, published, timeColumn, identity }) => {
      const shown = identity.length === 0 ? 'all columns' : identity.map((name) => `\`${name}\``).join(', ');
      return `| \`${dataNature}\` | ${intervals(published.daily)} | ${intervals(published.monthly)} | \`${timeColumn}\` | ${shown} |`;
    });
  return [
    `### ${MARKETS[marketType]}`,
    '',
    '| data nature | daily | monthly | time | what tells rows apart |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Datasets with the very same columns share a table. */
function columnTables() {
  const tables = new Map();
  for (const dataset of BINANCE.datasets) {
    const rows = Object.entries(dataset.columns).map(([name, { type, unit, stored, optional, aliases = [] }]) => {
      const notes = [
        ...(stored === false ? ['not kept'] : []),
        ...(optional === true ? ['in some files'] : []),
        ...(aliases.length > 0 ? [`also ${aliases.map((alias) => `\`${alias}\``).join(', ')}`] : []),
      ];
      return `| \`${name}\` | ${stored === false ? '' : type} | ${stored === false ? '' : unit} | ${notes.join('; ')} |`;
    });
    const table = rows.join('\n');
    tables.set(table, [...(tables.get(table) ?? []), `${dataset.marketType} ${dataset.dataNature}`]);
  }
  return [...tables].map(([table, names]) =>
    [`### ${names.join(', ')}`, '', '| column | type | unit | |', '| --- | --- | --- | --- |', table].join('\n'),
  );
}

const labelledByEnd = BINANCE.datasets
  .filter(({ labelledByEndBefore }) => labelledByEndBefore !== undefined)
  .map(
    ({ marketType, dataNature, labelledByEndBefore }) =>
      `Rows of ${marketType} \`${dataNature}\` before ${labelledByEndBefore} bear the end of what they tell of, so that a day's last one bears the next day's midnight ([why](decisions/0018-a-row-that-bears-its-end.md)).`,
  )
  .join('\n\n');

const text = `<!-- Written by tools/dataset-table.mjs from packages/cache-keys/src/datasets/datasets.ts. Do not edit. -->

# Datasets

What data.binance.vision publishes, and so what a key can name: ${BINANCE.datasets.length} datasets. Anything else does
not compile, and is refused at run time.

"yes" stands where a nature has no interval, a dash where nothing is published. Where daily files exist, rows are kept
by the day, whichever archive they came in; otherwise by the month ([why](decisions/0002-one-home-for-a-row.md)).

## What is published

${Object.keys(MARKETS).map(marketTable).join('\n\n')}

${labelledByEnd}

## Columns

In the order of the archive's files. \`timestamp\` is int64 microseconds UTC; \`bool\` is 0 or 1; an absent number is
NaN. Units: \`quote\` is an amount of the quote asset (USDT in BTCUSDT) or a price in it, \`base\` of the base asset
(BTC), \`contracts\` a number of contracts.

${columnTables().join('\n\n')}
`;

const options = await prettier.resolveConfig(file);
const formatted = await prettier.format(text, { ...options, filepath: file });
if (process.argv.includes('--check')) {
  const isCurrent = readFileSync(file, 'utf8') === formatted;
  console.log(
    `dataset-table: docs/datasets.md is ${isCurrent ? 'up to date' : 'STALE: run node tools/dataset-table.mjs'}`,
  );
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, formatted);
console.log(`dataset-table: wrote docs/datasets.md (${BINANCE.datasets.length} datasets)`);
