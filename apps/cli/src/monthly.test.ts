import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, removeTempFolders, servedAt, shop, tempFolder } from './__fixtures__/command.fixture.ts';

// A cache that keeps hours and days by the month holds the same rows as one by the day, for every command.

let made: Awaited<ReturnType<typeof shop>>;
let byDay: { VISION_CACHE_DIR: string };
let byMonth: { VISION_CACHE_DIR: string };

const run = (line: string, where = byMonth): Promise<Ended> => made.run(line, where);
/** What a command says of both caches, which has to be the same. */
const both = async (line: string): Promise<Ended> => {
  const [expected, received] = [await run(line, byDay), await run(line)];
  expect(received).toEqual(expected);
  return received;
};

beforeAll(async () => {
  made = await shop();
  const folder = tempFolder();
  byDay = { VISION_CACHE_DIR: join(folder, 'by-day') };
  byMonth = { VISION_CACHE_DIR: join(folder, 'by-month') };
  expect(await run('init --monthly 1h,1d --quiet')).toMatchObject({ code: 0, err: '' });
  for (const where of [byDay, byMonth])
    for (const line of [
      'sync BTCUSDT um/BTCUSDT/1h --interval 1h,1d --from 2024-01-10 --to 2024-02-25 --quiet',
      'sync BTCUSDT --interval 4h --from 2024-01-10 --to 2024-01-20 --quiet',
    ])
      expect(await run(line, where)).toMatchObject({ code: 0, out: '', err: '' });
});

afterAll(async () => {
  await made.server.close();
  removeTempFolders();
});

interface Listed {
  readonly series: string;
  readonly first: string;
  readonly last: string;
  readonly rows: number;
}

const parsed = ({ out }: Ended): unknown[] =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('a cache by the month', () => {
  it('lists months where there are months, and the same rows', async () => {
    const rows = parsed(await run('ls --long --json')) as Listed[];
    expect(rows.map(({ series, first, last }) => `${series} ${first} ${last}`)).toEqual([
      'BTCUSDT/4h 2024-01-10 2024-01-19',
      'BTCUSDT/1d 2024-01 2024-02',
      'BTCUSDT/1h 2024-01 2024-02',
      'um/BTCUSDT/1h 2024-01 2024-02',
    ]);
    const counts = (each: Listed[]) => each.map(({ series, rows }) => `${series} ${String(rows)}`).sort();
    expect(counts(rows)).toEqual(counts(parsed(await run('ls --long --json', byDay)) as Listed[]));
  });

  it.each([
    'cat BTCUSDT/1h --as csv',
    'cat um/BTCUSDT/1h --from 2024-01-31T20:00Z --to 2024-02-01T04:00Z --json',
    'cat BTCUSDT/4h --as csv',
    'head BTCUSDT/1d -n 3 --json',
    'tail BTCUSDT/1h -n 30 --as csv',
  ])('%s: as by the day', async (line) => {
    expect((await both(line)).out).not.toBe('');
  });

  it('has nothing to fetch the second time, and is brought up to date', async () => {
    made.server.forget();
    const again = await run('sync BTCUSDT um/BTCUSDT/1h --interval 1h,1d --from 2024-01-10 --to 2024-02-25');
    expect(again.out.match(/nothing was missing/g)).toHaveLength(3);
    expect(made.server.count('.zip')).toBe(0);
    for (const where of [byDay, byMonth]) expect(await run('sync --quiet', where)).toMatchObject({ code: 0, err: '' });
    await both('tail BTCUSDT/1h -n 20 --as csv');
    await both('cat BTCUSDT/1d --as csv');
  });

  it('shows a month a cell, with its gaps', async () => {
    const { code, out } = await run('show BTCUSDT/1h');
    expect([code, out]).toEqual([0, expect.stringContaining('gaps:')]);
    expect(out).toContain('2024-01-15T13:00Z to 2024-01-15T14:00Z');
    expect((await run('gaps BTCUSDT/1h --json')).out).toContain('2024-01-15T13:00:00Z');
  });

  it('is verified, measured, audited and pruned by the month', async () => {
    expect(await run('verify')).toMatchObject({ code: 0, err: '' });
    expect(await run('audit --quiet')).toMatchObject({ code: 0, err: '' });
    const usage = parsed(await run('usage BTCUSDT/1h --json')) as { entries: number }[];
    expect(usage[0]).toMatchObject({ series: 'BTCUSDT/1h', entries: 3 });
    const listed = await run('prune BTCUSDT/1h --before 2024-02-15 --json');
    expect([listed.code, listed.out.match(/monthly\/BTCUSDT\/1h\/2024-0\d/g)]).toEqual([
      0,
      ['monthly/BTCUSDT/1h/2024-01'],
    ]);
  });

  it('is exported as one by the day is, and imported', async () => {
    const folder = tempFolder();
    for (const [name, where] of [
      ['a', byDay],
      ['b', byMonth],
    ] as const) {
      for (const format of ['parquet', 'csv', 'feather'])
        expect(
          await run(`export BTCUSDT/1h um/BTCUSDT/1h --to ${join(folder, name)} --format ${format} --by month --until 2024-02-25 --quiet`, where),
        ).toMatchObject({ code: 0, err: '' }); // prettier-ignore
    }
    const filesOf = (name: string) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name: file }) => join(parentPath, file))
        .sort();
    expect(filesOf('a')).toHaveLength(12);
    expect(filesOf('b').map((file) => file.split('/').at(-1))).toEqual(
      filesOf('a').map((file) => file.split('/').at(-1)),
    );
    // Pieces of other formats are as long as the files that they come from; their rows are compared in Python's test.
    const csv = (name: string) =>
      filesOf(name).flatMap((file) => (file.endsWith('.csv') ? readFileSync(file, 'utf8').split('\n') : []));
    expect(csv('b')).toEqual(csv('a'));
    const other = { VISION_CACHE_DIR: join(tempFolder(), 'imported') };
    expect(await run('init --monthly 1h --quiet', other)).toMatchObject({ code: 0 });
    expect(await run(`import ${join(folder, 'a')} --as csv --quiet`, other)).toMatchObject({ code: 0, err: '' });
    expect((await run('cat BTCUSDT/1h --as csv', other)).out).toBe(
      (await run('cat BTCUSDT/1h --as csv --to 2024-02-25', byDay)).out,
    );
  });

  it('is repacked by the day and back', async () => {
    const rows = await run('cat BTCUSDT/1h --as csv');
    for (const line of ['repack --daily --quiet', 'repack --monthly 1h,1d --quiet']) {
      expect(await run(line)).toMatchObject({ code: 0, err: '' });
      expect(await run('cat BTCUSDT/1h --as csv')).toEqual(rows);
      expect(await run('verify --quiet')).toMatchObject({ code: 0 });
    }
  });

  it('is served', async () => {
    const { child, ended } = made.start('serve --port 0 --json', byMonth);
    try {
      const url = await servedAt(child);
      const ask = async (path: string) => (await fetch(`${url}api/${path}`)).json() as Promise<Record<string, unknown>>;
      expect(await ask('setup')).toMatchObject({ mode: 'offline', mayWrite: false, monthly: ['1h', '1d'] });
      const [from, to] = [Date.parse('2024-01-01'), Date.parse('2024-03-01')];
      const series = 'marketType=spot&symbol=BTCUSDT&interval=1h';
      const { entries } = await ask(`coverage?${series}&from=${String(from)}&to=${String(to)}`);
      expect(entries).toMatchObject([
        { date: '2024-01', origin: 'cache' },
        { date: '2024-02', origin: 'cache' },
      ]);
      expect((await fetch(`${url}api/entry?${series}&date=2024-01`)).status).toBe(200);
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });
});
