import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import {
  type Ended,
  golden,
  removeTempFolders,
  servedAt,
  shop,
  startCommand,
  tempFolder,
} from './__fixtures__/command.fixture.ts';

let filled: Awaited<ReturnType<typeof shop>>;

beforeAll(async () => {
  filled = await shop();
});

afterAll(async () => {
  await filled.server.close();
  removeTempFolders();
});

/** One cache for all of these, in the order in which a user would come by them. */
const LINES: readonly (readonly [name: string, line: string])[] = [
  ['sync-empty', 'sync'],
  ['sync-dry-run', 'sync BTCUSDT --interval 1m --from 2024-01-10 --to 2024-02-01 --dry-run'],
  ['sync-symbol', 'sync BTCUSDT --interval 1h --from 2024-01-10 --to 2024-02-01 --json'],
  ['sync-series', 'sync um/BTCUSDT/1d ETHUSDT/1d --from 2024-01-10 --to 2024-02-25 --parallel 1'],
  ['sync-again', 'sync BTCUSDT --interval 1h --from 2024-01-10 --to 2024-02-01'],
  ['sync-all', 'sync --all --quote USDT --match ETH* --interval 4h --from 2024-02-01 --to 2024-02-05'],
  ['sync-update', 'sync --json --parallel 1'],
  ['sync-fail-on-gaps', 'sync BTCUSDT/1h --from 2024-01-10 --to 2024-02-01 --fail-on-gaps'],
  ['ls', 'ls'],
  ['ls-json', 'ls um/* --json'],
  ['ls-long', 'ls --long'],
  ['ls-none', 'ls DOGE*'],
  ['show', 'show BTCUSDT/1h'],
  ['show-json', 'show um/BTCUSDT/1d --json'],
  ['head', 'head BTCUSDT/1h -n 3'],
  ['head-json', 'head binance/spot/klines/daily/BTCUSDT/1h -n 2 --json --columns open_time,close'],
  ['tail', 'tail ETHUSDT/1d -n 2 --as csv'],
  ['cat', 'cat BTCUSDT/1h --from 2024-01-15T12:00Z --to 2024-01-15T16:00Z --columns open_time,close_time,volume'],
  ['availability', 'availability BTCUSDT --interval 1h,1d'],
  ['symbols', 'symbols'],
  ['symbols-at', 'symbols --market um --at 2024-01-10 --json'],
  ['symbols-between', 'symbols --listed-between 2024-02-01 2024-03-01'],
  ['gaps', 'gaps BTCUSDT/1h'],
  ['verify', 'verify'],
  ['audit', 'audit ETHUSDT/1d'],
  ['usage', 'usage'],
  ['prune-nothing', 'prune'],
  ['prune-list', 'prune BTCUSDT/1h --before 2024-01-13'],
  ['prune-yes', 'prune ETHUSDT/4h --before 2024-02-03 --yes --json'],
  ['sweep', 'sweep'],
  ['doctor', 'doctor'],
  ['doctor-lost', 'doctor --archive-url http://127.0.0.1:9 --rest-url none'],
  ['not-cached', 'head DOGEUSDT/1m'],
  ['no-interval', 'sync BTCUSDT'],
  ['no-symbol', 'sync btcusdt --interval 1h'],
  ['typo-command', 'snyc'],
  ['typo-flag', 'sync BTCUSDT --intervall 1m'],
  ['typo-market', 'sync BTCUSDT --market futures --interval 1m'],
  ['wrong-time', 'sync BTCUSDT --interval 1h --from yesterday'],
  ['wrong-column', 'head BTCUSDT/1h --columns open,clsoe'],
  ['unknown-symbol', 'sync DOGEUSDT --interval 1h --from 2024-02-01 --to 2024-02-05'],
  ['version', '--version'],
  ['completions', 'completions bash'],
  ['migrate-usage', 'migrate plan'],
];

describe('every command, as a process', () => {
  it.each(LINES)('%s', async (name, line) => {
    const { expected, received } = golden(name, await filled.run(line), filled.root);
    expect(received).toBe(expected);
  });

  it('completes commands, flags and nothing else', async () => {
    expect((await filled.run('__complete s')).out).toBe('sync\nshow\nsymbols\nsweep\nserve\n');
    expect((await filled.run('__complete export --fo')).out).toBe('--format\n');
  });

  it('ends a bare command with 2, and shows what there is', async () => {
    const { code, out } = await startCommand([], filled.environment).ended;
    expect(code).toBe(2);
    expect(out).toContain('EXAMPLES');
  });
});

describe('symbols', () => {
  it('tells who was there, symbols that are no longer traded and who came back, and asks no more for those that have ended', async () => {
    const symbols = [
      { symbol: 'AUSDT', listed: '2024-01-01', intervals: ['1d'], natures: ['klines'] },
      { symbol: 'BUSDT', listed: '2023-10-01', delisted: '2023-12-01', intervals: ['1d'], natures: ['klines'] },
    ] as const;
    const { run, server } = await shop({ symbols });
    const all =
      '{"symbol":"AUSDT","first":"2024-01-01","last":"2024-02-29","delisted":false,"lives":[{"first":"2024-01-01","last":"2024-02-29"}]}\n';
    const gone =
      '{"symbol":"BUSDT","first":"2023-10-01","last":"2023-11-30","delisted":true,"lives":[{"first":"2023-10-01","last":"2023-11-30"}]}\n';
    expect(await run('symbols --json')).toEqual({ code: 0, out: all + gone, err: '' });
    expect([server.count(), server.count('AUSDT'), server.count('BUSDT')]).toEqual([3, 1, 1]);
    server.forget();
    expect(await run('symbols --delisted --json')).toEqual({ code: 0, out: gone, err: '' });
    expect(server.count()).toBe(0);
    const later = { VISION_CACHE_NOW: '2024-03-01T18:00:00Z' };
    expect(await run('symbols --delisted --json', later)).toEqual({ code: 0, out: gone, err: '' });
    expect([server.count(), server.count('AUSDT'), server.count('BUSDT')]).toEqual([2, 1, 0]);
    expect(await run('symbols --refresh --json --quiet', later)).toEqual({ code: 0, out: all + gone, err: '' });
    expect([server.count('AUSDT'), server.count('BUSDT')]).toEqual([2, 1]);
    expect(await run('symbols --listed-between 2024-02-01 2024-01-01')).toMatchObject({ code: 2, out: '' });
    expect((await run('symbols --at 2023-11-30 --json')).out).toBe(gone);
    expect((await run('symbols --listed-between 2024-01-01 2024-02-01 --json')).out).toBe(all);
    expect(await run('symbols --listed-between 2024-01-01')).toMatchObject({ code: 2, out: '' });
    await server.close();
  });
});

describe('init', () => {
  it('records which intervals are kept by the month, and refuses to keep them otherwise later', async () => {
    const { run, root, server } = filled;
    const folder = join(tempFolder(), 'monthly');
    const more = { VISION_CACHE_DIR: folder };
    expect(await run('init --monthly 1h..1d --json', more)).toMatchObject({
      code: 0,
      out: `{"cache":"${folder}","monthly":["1h","2h","4h","6h","8h","12h","1d"]}\n`,
    });
    expect(await run('init --monthly 1h..1d', more)).toMatchObject({ code: 0 });
    const other = await run('init', more);
    expect(other).toMatchObject({ code: 2, out: '' });
    expect(other.err).toMatch(/^E_HOMES: /);
    expect(await run('sync ETHUSDT --interval 1d --from 2024-01-10 --to 2024-02-25', more)).toMatchObject({
      code: 0,
      err: '',
    });
    expect((await run('ls --json', more)).out).toBe(
      '{"series":"ETHUSDT/1d","first":"2024-01","last":"2024-02","months":2}\n',
    );
    expect(existsSync(root) && server.count() > 0).toBe(true);
  });
});

describe('repack', () => {
  it('moves rows between homes by day and by month, and every row is still there', async () => {
    const { run } = filled;
    const more = { VISION_CACHE_DIR: join(tempFolder(), 'cache') };
    await run('sync ETHUSDT --interval 1d --from 2024-01-10 --to 2024-02-25 --quiet', more);
    const rows = await run('cat ETHUSDT/1d --as csv', more);
    expect((await run('repack --monthly 1d --dry-run', more)).code).toBe(0);
    expect((await run('ls --json', more)).out).toContain('"days":46');
    expect(await run('repack --monthly 1h..1d --quiet', more)).toMatchObject({ code: 0, out: '', err: '' });
    expect((await run('ls --json', more)).out).toBe(
      '{"series":"ETHUSDT/1d","first":"2024-01","last":"2024-02","months":2}\n',
    );
    expect(await run('cat ETHUSDT/1d --as csv', more)).toEqual(rows);
    expect(await run('verify --quiet', more)).toMatchObject({ code: 0 });
    expect(await run('repack --daily --json', more)).toMatchObject({ code: 0, err: '' });
    expect(await run('cat ETHUSDT/1d --as csv', more)).toEqual(rows);
    expect(await run('repack', more)).toMatchObject({ code: 2, out: '' });
  });
});

describe('migrate', () => {
  it('plans, moves and proves an old cache, and leaves it as it was', async () => {
    const folder = tempFolder();
    const at = (name: string): string => join(folder, name);
    const { run } = filled;
    await run(`sync ETHUSDT --interval 1h --from 2024-02-01 --to 2024-02-04 --cache ${at('from')} --quiet`);
    await run(`export ETHUSDT/1h --format feather --by day --to ${at('days')} --cache ${at('from')} --quiet`);
    mkdirSync(at('old/ETHUSDT/1h'), { recursive: true });
    for (const name of readdirSync(at('days')))
      renameSync(at(`days/${name}`), at(`old/ETHUSDT/1h/${name.slice(-18, -8)}.arrow`));
    for (const [name, line] of [
      ['migrate-plan', `migrate plan --from ${at('old')} --to ${at('new')} --out ${at('m.plan')}`],
      ['migrate-apply', `migrate apply ${at('m.plan')}`],
      ['migrate-verify', `migrate verify ${at('m.plan')}`],
      ['migrate-json', `migrate status ${at('m.plan')} --json`],
    ] as const) {
      const { expected, received } = golden(name, await run(line), folder);
      expect(received).toBe(expected);
    }
    const rows = 'cat ETHUSDT/1h --as csv --cache';
    expect((await run(`${rows} ${at('new')}`)).out).toBe((await run(`${rows} ${at('from')}`)).out);
    expect(readdirSync(at('old/ETHUSDT/1h'))).toHaveLength(3);
  });
});

describe('serve', () => {
  async function served(line: string) {
    const { child, ended } = filled.start(line);
    const url = await servedAt(child);
    const end = (): Promise<Ended> => {
      child.kill('SIGINT');
      return ended;
    };
    return { url, end };
  }

  it('shows the cache on this machine alone, and changes nothing', async () => {
    const { url, end } = await served('serve --port 0 --json');
    const { port } = new URL(url);
    try {
      expect(await (await fetch(url)).text()).toContain('<!doctype html>');
      expect(await (await fetch(`${url}api/setup`)).json()).toMatchObject({ mode: 'offline', mayWrite: false });
      // Another name for this machine, or another page of the browser, is refused.
      expect(await statusOf(port, { host: 'evil.example' })).toBe(403);
      expect(await statusOf(port, { host: `127.0.0.1:${port}`, origin: 'http://evil.example' })).toBe(403);
      const body = JSON.stringify({ marketType: 'spot', symbol: 'BTCUSDT', interval: '1h', date: '2024-01-12' });
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${url}api/invalidate`, { method: 'POST', headers, body })).status).toBe(409);
    } finally {
      const { expected, received } = golden('serve', await end());
      expect(received).toBe(expected);
    }
    expect((await filled.run('ls --json BTCUSDT/1h')).out).toContain('"days":52');
  });

  it('wants a token where others may come', async () => {
    const { url, end } = await served('serve --port 0 --host 0.0.0.0 --json');
    try {
      const { port, hash, search, pathname } = new URL(url);
      expect(`${hash}${search}${pathname}`.length).toBeGreaterThan(16);
      expect(await statusOf(port, { host: `127.0.0.1:${port}` })).toBe(403);
    } finally {
      expect(await end()).toMatchObject({ code: 0, err: '' });
    }
  });

  it.each([
    ['serve-none', 'serve --cache /no/such/folder'],
    ['serve-port', 'serve --port 99999'],
    ['serve-host', 'serve --port 0 --host no.such.host.invalid'],
  ])('%s', async (name, line) => {
    const { expected, received } = golden(name, await filled.run(line));
    expect(received).toBe(expected);
  });
});

/** The status of the page's answer about the cache, asked under other headers than fetch would send. */
function statusOf(port: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/api/setup', headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('export and import', () => {
  it('gives the same rows back by way of CSV in the archive’s own form', async () => {
    const { run, root } = filled;
    const [out, other] = [tempFolder(), join(tempFolder(), 'other')];
    const first = await run(
      `export BTCUSDT/1h um/BTCUSDT/1d --to ${out} --format csv --by month --until 2024-02-01 --json`,
    );
    expect(first).toMatchObject({ code: 0, err: '' });
    const taken = await run(`import ${out} --quiet`, { VISION_CACHE_DIR: other });
    expect(taken).toMatchObject({ code: 0, err: '' });
    for (const line of ['cat BTCUSDT/1h --to 2024-02-01 --as csv', 'cat um/BTCUSDT/1d --to 2024-02-01 --as csv']) {
      const again = await run(line, { VISION_CACHE_DIR: other });
      expect(again.out).toBe((await run(line, { VISION_CACHE_DIR: root })).out);
      expect(again.out.split('\n').length).toBeGreaterThan(20);
    }
  });

  it('takes a mirror of the archive in, with its CHECKSUM or without, and refuses what is no such file', async () => {
    const { archive, run } = filled;
    const folder = tempFolder();
    const other = { VISION_CACHE_DIR: join(tempFolder(), 'other') };
    const object = (name: string): Uint8Array => archive.object(`data/spot/daily/klines/BTCUSDT/1h/${name}`)!.body;
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-12.zip'), object('BTCUSDT-1h-2024-01-12.zip'));
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-13.zip'), object('BTCUSDT-1h-2024-01-13.zip'));
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-13.zip.CHECKSUM'), object('BTCUSDT-1h-2024-01-13.zip.CHECKSUM'));
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-14.zip'), object('BTCUSDT-1h-2024-01-13.zip'));
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-15.zip'), object('BTCUSDT-1h-2024-01-15.zip'));
    writeFileSync(join(folder, 'BTCUSDT-1h-2024-01-15.zip.CHECKSUM'), object('BTCUSDT-1h-2024-01-13.zip.CHECKSUM'));
    writeFileSync(join(folder, 'notes.csv'), 'hello');
    const { expected, received } = golden('import', await run(`import ${folder} --json`, other), folder);
    expect(received).toBe(expected);
    expect((await run('ls --json', other)).out).toBe(
      '{"series":"BTCUSDT/1h","first":"2024-01-12","last":"2024-01-13","days":2}\n',
    );
  });

  it('writes Parquet and Feather that say what they are, in folders that readers prune by', async () => {
    const { run } = filled;
    const out = tempFolder();
    expect(await run(`export */1d --to ${out} --by month --hive --until 2024-02-01 --quiet`)).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
    const files = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1)).sort()).toEqual([
      'market=spot/nature=klines/symbol=ETHUSDT/interval=1d/year=2024/month=01/data.parquet',
      'market=um/nature=klines/symbol=BTCUSDT/interval=1d/year=2024/month=01/data.parquet',
    ]);
    const bytes = readFileSync(join(files[0]!.parentPath, files[0]!.name));
    expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
    expect(await run(`export BTCUSDT/1h --to ${out} --format feather --resample 1d --until 2024-02-01`)).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(out, 'BTCUSDT-1h-as-1d.feather')).subarray(0, 6).toString()).toBe('ARROW1');
  });

  it('is the same, byte for byte, the second time', async () => {
    const { run } = filled;
    const [a, b] = [tempFolder(), tempFolder()];
    for (const format of ['parquet', 'csv', 'feather'])
      for (const folder of [a, b]) await run(`export BTCUSDT/1h --to ${folder} --format ${format} --until 2024-02-01`);
    const files = readdirSync(a);
    expect(files).toHaveLength(3);
    for (const file of files) expect(readFileSync(join(a, file)).equals(readFileSync(join(b, file)))).toBe(true);
  });
});
