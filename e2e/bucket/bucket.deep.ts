import { BucketCacheManager, bucketCatalog } from '@vision-cache/arrow-store/s3';
import { createSyntheticArchive, startArchiveServer, type ArchiveServer } from '@vision-cache/vision-client/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, keysOf } from './alike.ts';
import { credentials, missing, type Server, startServer } from './rgw.ts';
import { type Ended, environmentOf, makeCommand, startWorker, type Worker } from './workers.ts';

const SHARDS = 8;
const NOW = '2024-06-20T12:00:00Z';
const SYMBOLS = ['ADAUSDT', 'BNBUSDT', 'BTCUSDT', 'DOGEUSDT', 'ETHUSDT', 'LTCUSDT', 'SOLUSDT', 'XRPUSDT'];
/** 125 days of each: a thousand objects. */
const WORK = ['sync', ...SYMBOLS, '--interval', '1h', '--from', '2024-02-01', '--to', '2024-06-05', '--quiet'];

const hasPython = spawnSync('python3', ['-c', 'import pyarrow.fs, polars, duckdb']).status === 0;
const describeHere = missing === undefined ? describe : describe.skip;
if (missing !== undefined)
  console.warn(`skipped: a real bucket needs ${missing} (apt-get install radosgw ceph-mon ceph-osd)`);

describeHere('a bucket that eight workers fill', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vision-cache-e2e-bucket-'));
  let server: Server;
  let archive: ArchiveServer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    makeCommand();
    server = await startServer(folder);
    archive = await startArchiveServer(
      createSyntheticArchive({
        now: NOW,
        symbols: SYMBOLS.map((symbol) => ({ symbol, marketType: 'spot', listed: '2023-01-01' })),
      }),
    );
    environment = environmentOf(folder, { archive, server, now: NOW });
  });
  afterAll(async () => {
    await archive.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shard = (index: number, place = String(index)): Worker =>
    startWorker([...WORK, '--shard', `${index}/${SHARDS}`, '--cache', `s3://${server.bucket}/cache`], {
      ...environment,
      VISION_CACHE_LOCAL: join(folder, 'local', place),
    });

  it('holds, byte for byte, what one machine makes, though two are killed and one runs twice', async () => {
    const objects = server.objects('cache');
    const workers = Array.from({ length: SHARDS }, (_, at) => shard(at + 1));
    const twin = shard(3, 'twin');
    // Two are killed as soon as the work is well under way.
    while ((await keysOf(objects)).length < 60) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const at of [0, 1]) workers[at]!.child.kill('SIGKILL');
    const ended: Ended[] = await Promise.all([...workers, twin].map((worker) => worker.ended));
    expect(ended.map(({ code, signal, err }) => signal ?? `${String(code)} ${err}`)).toEqual([
      'SIGKILL',
      'SIGKILL',
      ...Array.from({ length: SHARDS - 1 }, () => '0 '),
    ]);
    expect((await keysOf(objects)).length).toBeLessThan(1000);
    const again = await Promise.all([shard(1, 'other'), shard(2)].map((worker) => worker.ended));
    expect(again).toMatchObject([{ code: 0 }, { code: 0 }]);

    const alone = join(folder, 'alone');
    const one = await startWorker([...WORK, '--cache', alone], environment).ended;
    expect([one.code, one.err]).toEqual([0, '']);
    expect(await compare(objects, alone)).toEqual({ alike: 1000, others: [] });
  });

  it('is not asked for more than a list when everything is there', async () => {
    archive.forget();
    const ended = await Promise.all([1, 2, 3].map((index) => shard(index).ended));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(archive.requests.filter(({ path }) => path.endsWith('.zip'))).toEqual([]);
  });

  it.each([
    ['ls', 0],
    ['ls *ETH* --long', 0],
    ['show BTCUSDT/1h', 0],
    ['gaps ADAUSDT/1h --json', 0],
    ['head BTCUSDT/1h -n 30 --as csv', 0],
    ['tail BTCUSDT/1h -n 30 --columns open_time,close', 0],
    ['cat BTCUSDT/1h --from 2024-02-03 --to 2024-02-05 --json', 0],
    ['export BTCUSDT/1h --format csv --by month', 0],
    ['verify SOLUSDT/1h --json', 0],
    ['show NOTHERE/1h', 2],
  ] as const)('answers "%s" as a folder does', async (line, code) => {
    const answers = [join(folder, 'alone'), `s3://${server.bucket}/cache`].map(async (cache, at) => {
      const to = join(folder, 'exported', String(at));
      const words = [...line.split(' '), ...(line.startsWith('export') ? ['--to', to] : [])];
      const own = { ...environment, VISION_CACHE_LOCAL: join(folder, 'local', 'looks') };
      const ended = await startWorker([...words, '--cache', cache], own).ended;
      const files = line.startsWith('export') ? filesOf(to) : [];
      return { code: ended.code, out: ended.out.replaceAll(to, 'TO'), err: ended.err, files };
    });
    const [ofFolder, ofBucket] = await Promise.all(answers);
    expect(ofFolder).toMatchObject({ code });
    expect(ofBucket).toEqual(ofFolder);
    if (code === 0) expect(ofBucket!.out.length + ofBucket!.err.length).toBeGreaterThan(10);
  });

  it('is marked for months by init, and takes in the zips of a mirror', async () => {
    const cache = ['--cache', `s3://${server.bucket}/monthly`];
    const run = (...words: readonly string[]) =>
      startWorker([...words, ...cache], { ...environment, VISION_CACHE_LOCAL: join(folder, 'local', 'monthly') }).ended;
    expect(await run('init', '--monthly', '1h')).toMatchObject({ code: 0, err: '' });
    const mirror = join(folder, 'mirror');
    mkdirSync(mirror);
    const name = 'BTCUSDT-1h-2024-03.zip';
    const zip = archive.archive.object(`data/spot/monthly/klines/BTCUSDT/1h/${name}`)!;
    writeFileSync(join(mirror, name), zip.body);
    expect(await run('import', mirror, '--quiet')).toMatchObject({ code: 0, err: '' });
    expect(await run('sync', 'BTCUSDT', '--interval', '1h', '--from', '2024-02-01', '--to', '2024-05-01', '--quiet')).toMatchObject({ code: 0, err: '' }); // prettier-ignore
    expect(await keysOf(server.objects('monthly'))).toEqual(
      ['02', '03', '04'].map((month) => `binance/spot/klines/monthly/BTCUSDT/1h/2024-${month}.arrow`),
    );
  });

  it('is read by this package as by any other: two columns, ranges of them verified', async () => {
    const objects = server.objects('cache');
    const catalog = await bucketCatalog(objects);
    const cache = new BucketCacheManager({ objects, local: join(folder, 'reader'), catalog });
    const keys = catalog.keysBetween({ symbol: 'BTCUSDT', interval: '1h', start: '2024-02-01', end: '2024-06-05' });
    const { batch } = await cache.loadMany(keys, { columns: ['open_time', 'close'] });
    expect(batch.numRows).toBe(125 * 24);
    const series: string[] = [];
    for await (const { symbol, dates } of cache.series()) series.push(`${symbol} ${dates.length}`);
    expect(series).toEqual(SYMBOLS.map((symbol) => `${symbol} 125`));
    const total = [...(batch.columns as { close: Float64Array }).close].reduce((sum, value) => sum + value, 0);

    if (!hasPython) {
      console.warn('skipped: pyarrow, polars and DuckDB are not here (tools/python/install.sh)');
      return;
    }
    const script = fileURLToPath(new URL('read-bucket.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync('python3', [script, server.endpoint, `${server.bucket}/cache`], {
      encoding: 'utf8',
      env: { ...process.env, AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey }, // prettier-ignore
    });
    expect([status, stderr]).toEqual([0, '']);
    const found = JSON.parse(stdout) as Record<string, { rows: number; close: number }>;
    expect(Object.keys(found)).toEqual(['pyarrow', 'polars', 'duckdb']);
    for (const { rows, close } of Object.values(found)) {
      expect(rows).toBe(125 * 24);
      expect(close / total).toBeCloseTo(1, 9);
    }
  });
});

/** Every file of a folder with what is in it. */
const filesOf = (folder: string): string[][] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => statSync(join(folder, file)).isFile())
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')]);
