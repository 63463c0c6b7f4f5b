import { createSyntheticArchive, startArchiveServer, type ArchiveServer } from '@vision-cache/vision-client/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, keysOf } from './alike.ts';
import { missing as missingBucket, type Server, startServer } from './rgw.ts';
import { startSlurm } from './slurm.ts';
import { COMMAND, environmentOf, makeCommand, startWorker } from './workers.ts';

/** As we ship it; what it fetches is 125 days of eight symbols. */
const SCRIPT = fileURLToPath(new URL('../../deploy/slurm/array.sbatch', import.meta.url));
const SYMBOLS = ['ADAUSDT', 'BNBUSDT', 'BTCUSDT', 'DOGEUSDT', 'ETHUSDT', 'LTCUSDT', 'SOLUSDT', 'XRPUSDT'];
const NOW = '2024-05-20T12:00:00Z';
const TO = ['--to', '2024-05-05'];
const WORK = ['sync', '--all', '--quote', 'USDT', '--interval', '1h', '--from', '2024-01-01', '--quiet', ...TO];

const folder = mkdtempSync(join(tmpdir(), 'vision-cache-slurm-'));
const started = missingBucket === undefined ? startSlurm(folder) : { missing: `${missingBucket} is not installed` };
if ('missing' in started)
  console.warn(`skipped: a bucket filled by Slurm (apt-get install slurmctld slurmd slurm-client munge): ${started.missing}`); // prettier-ignore
const describeHere = 'missing' in started ? describe.skip : describe;

afterAll(() => {
  if ('slurm' in started) started.slurm.close();
  rmSync(folder, { recursive: true, force: true });
});

describeHere('an array of Slurm that fills a bucket', () => {
  const { slurm } = started as Extract<typeof started, { slurm: unknown }>;
  let server: Server;
  let archive: ArchiveServer;
  let environment: Record<string, string>;

  beforeAll(async () => {
    makeCommand();
    server = await startServer(folder);
    const symbols = SYMBOLS.map((symbol) => ({ symbol, marketType: 'spot', listed: '2023-01-01' }) as const);
    archive = await startArchiveServer(createSyntheticArchive({ now: NOW, symbols }));
    const programs = join(folder, 'programs');
    mkdirSync(join(folder, 'processes'));
    mkdirSync(programs);
    // The command as it is installed; its process is known by the number of its task.
    const note = `echo $$ > '${join(folder, 'processes')}/'"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID"`;
    writeFileSync(join(programs, 'vision-cache'), `#!/bin/sh\n${note}\nexec '${process.execPath}' '${COMMAND}' "$@"\n`);
    chmodSync(join(programs, 'vision-cache'), 0o755);
    environment = {
      PATH: `${programs}:${process.env['PATH'] ?? ''}`,
      ...environmentOf(folder, { archive, server, now: NOW }),
    };
  });
  afterAll(async () => {
    await archive.close();
    server.close();
  });

  it('holds what one machine makes, though one is killed, one queued again, and one runs twice at once', async () => {
    const objects = server.objects('cache');
    const own = { ...environment, VISION_CACHE_DIR: `s3://${server.bucket}/cache` };
    const output = `--output=${join(folder, '%A_%a.out')}`;
    const job = slurm.submit(own, '--array=1-8', output, SCRIPT, ...TO);
    const again = { ...own, VISION_CACHE_SHARD: '3/8', VISION_CACHE_LOCAL: join(folder, 'twin') };
    const twin = slurm.submit(again, '--array=3', output, SCRIPT, ...TO);

    // As soon as the work is well under way: as a node does that runs out of memory, and as an operator does.
    while ((await keysOf(objects)).length < 60) await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(Number(readFileSync(join(folder, 'processes', `${job}_1`), 'utf8')), 'SIGKILL');
    slurm.requeue(`${job}_2`);
    expect((await keysOf(objects)).length).toBeLessThan(900);
    while (slurm.isBusy()) await new Promise((resolve) => setTimeout(resolve, 200));

    const done = (task: number, restarts: number) => ({ task, state: 'COMPLETED', exit: '0:0', restarts });
    expect(slurm.tasks(job)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((task) => done(task, task <= 2 ? 1 : 0)));
    expect(slurm.tasks(twin)).toEqual([done(3, 0)]);

    const alone = join(folder, 'alone');
    const one = await startWorker([...WORK, '--cache', alone], environment).ended;
    expect([one.code, one.err]).toEqual([0, '']);
    expect(await compare(objects, alone)).toEqual({ alike: 1000, others: [] });
  });
});
