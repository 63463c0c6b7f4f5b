// Writes docs/natures.md: for each nature what one expects of a day, what is found where rows are taken out of a made-up
// one, and which test shows it. With `--check` says whether it is up to date. What is found is computed here, by the
// function that the engine calls, from the sources and not from the build.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/natures.md');
const TEST = 'packages/cache-keys/src/missing/missing-rows.test.ts';

const { outputFiles } = await build({
  entryPoints: [join(root, 'packages/cache-keys/src/index.ts')],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'neutral',
});
const source = Buffer.from(outputFiles[0].contents).toString('base64');
const { BINANCE, expectationText, missingRows, rowSpanOf, spanOf } = await import(
  `data:text/javascript;base64,${source}`
);

const HOUR = 3_600_000_000n;
const DAY = '2026-07-01';
const MONTH = '2026-07';

/** Which tests show each rule; their titles are looked up in the file. */
const TESTS = {
  grid: ['tells that the metrics of 2024-02-16 stop at 13:30 (#335)', 'is that of the key; a bar off it stands'],
  ids: ['that jump tell which are missing, and the rows around them', 'jump from day to day: 1031427011 → 1032101778'],
  interval: ['finds the days that are not there: 9 of 93 rows', 'takes a change of the interval for none'],
  pause: ['tells of a day with 8 snapshots (2023-01-09)', 'tells of half a day of BVOLIndex (#499)'],
  silence: ['of hours by many is a gap', 'behind the last row is told by the pace of the rows'],
  none: ['expects nothing of a dataset that does not say'],
};

/** Rows of a whole day or month, as the dataset's files have them. */
function wholeRows(dataset, date) {
  const { expectation } = dataset;
  const { start, end } = spanOf(date);
  const step =
    expectation.rule === 'grid'
      ? expectation.every === '5m'
        ? HOUR / 12n
        : HOUR
      : expectation.rule === 'interval'
        ? 8n * HOUR
        : expectation.rule === 'pause'
          ? BigInt(expectation.usualSeconds) * 1_000_000n
          : HOUR / 1200n;
  const shift = rowSpanOf(dataset, date).start - start;
  return Array.from({ length: Number((end - start) / step) }, (_, row) => ({
    time: start + shift + BigInt(row) * step,
    id: 1000n + BigInt(row),
  }));
}

function found(dataset, date, isThere, interval) {
  const whole = wholeRows(dataset, date);
  const rows = whole.filter(({ time }) => isThere(time - spanOf(date).start));
  const { expectation } = dataset;
  const columns = { [dataset.timeColumn]: BigInt64Array.from(rows, ({ time }) => time) };
  if ('column' in expectation) {
    columns[expectation.column] = BigInt64Array.from(rows, ({ id }) => (expectation.rule === 'interval' ? 8n : id));
  }
  const { gaps, ids } = missingRows(dataset, { numRows: rows.length, columns }, spanOf(date), {
    interval,
    after: { time: spanOf(date).end, id: 1000n + BigInt(whole.length) },
  });
  const clock = (time) => {
    const text = new Date(Number(time / 1000n)).toISOString();
    return date === MONTH ? text.slice(5, 16).replace('T', ' ') : text.slice(11, 19);
  };
  const told = [
    ...gaps.map(({ start, end }) => `${clock(start)} to ${clock(end)}`),
    ...ids.map(({ from, to }) => `ids ${from} to ${to}`),
  ];
  return told.length === 0 ? '—' : told.join(', ');
}

const text = readFileSync(join(root, TEST), 'utf8');
for (const title of Object.values(TESTS).flat()) {
  if (!text.includes(title)) throw new Error(`nature-table: ${TEST} has no test ${JSON.stringify(title)}`);
}

const cell = (content) => content.replaceAll('|', '\\|');
const rows = BINANCE.datasets.map((dataset) => {
  const { marketType, dataNature, expectation, lifetime } = dataset;
  const isMonth = expectation.rule === 'interval';
  const interval = expectation.rule === 'grid' && expectation.every === 'interval' ? '1h' : undefined;
  const date = isMonth ? MONTH : DAY;
  const unit = isMonth ? 24n : 1n;
  const hole = (time) => time < 13n * HOUR * unit || time >= 14n * HOUR * unit;
  const half = (time) => time < 12n * HOUR * unit;
  const ended =
    lifetime === undefined
      ? ''
      : lifetime.from === undefined
        ? `no file seen (${lifetime.asOf})`
        : `${lifetime.from} to ${lifetime.to ?? 'now'} (${lifetime.asOf})`;
  return `| ${marketType} ${dataNature} | ${cell(expectationText(expectation))} | ${found(dataset, date, hole, interval)} | ${found(dataset, date, half, interval)} | ${ended} | ${TESTS[expectation.rule].map((title) => cell(title)).join('; ')} |`;
});

const page = `<!-- Written by tools/nature-table.mjs from the table of datasets. Do not edit. -->

# What one expects of each nature

A file may match its CHECKSUM and lack half of its rows. What one expects of a day is therefore a part of each dataset
(\`expectation\`), and \`missingRows(dataset, batch, span)\` tells what is missing. \`usually\` marks a figure that holds as a
rule; it stands with its reason. Ids that are missing are told as ids, and no gap of time is made of them; those at the
edge of a day are told where the neighbouring day is known.

The two columns in the middle are computed: from a made-up day (for \`fundingRate\` a month) the rows of 13:00 to 14:00
(of the 14th day) are taken out, and then all after noon (after the 12th day). The last column names tests of
[\`missing-rows.test.ts\`](../${TEST}). Seen: the first and the last day of files, with the day on which that was looked up.

| nature | one expects | found of an hour that is gone | found of a half that is gone, the next day being known | seen | shown by the tests |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

A file's own rows are counted in the client's report: \`duplicates\`, \`conflicts\`, \`unsorted\`, \`offGrid\`, \`otherDay\`,
\`ohlcViolations\`, \`zeroQuantity\`, \`constantFlag\`, \`frozenBands\`, \`missingBands\` ([\`count-oddities.test.ts\`](../packages/vision-client/src/decode/count-oddities.test.ts)).
`;

const options = await prettier.resolveConfig(file);
const formatted = await prettier.format(page, { ...options, filepath: file });
if (process.argv.includes('--check')) {
  let isCurrent = false;
  try {
    isCurrent = readFileSync(file, 'utf8') === formatted;
  } catch {
    // There is none yet.
  }
  console.log(
    `nature-table: docs/natures.md is ${isCurrent ? 'up to date' : 'STALE: run node tools/nature-table.mjs'}`,
  );
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, formatted);
console.log(`nature-table: wrote docs/natures.md (${rows.length} datasets)`);
