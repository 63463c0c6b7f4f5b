import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parse } from 'yaml';
import { type Ended, MAIN, removeTempFolders, shop, tempFolder } from './__fixtures__/command.fixture.ts';

const DEPLOY = fileURLToPath(new URL('../../../deploy', import.meta.url));
const read = (path: string): string => readFileSync(join(DEPLOY, path), 'utf8');

let made: Awaited<ReturnType<typeof shop>>;
/** A folder of programs with the command in it, as an installed one is. */
let programs: string;

beforeAll(async () => {
  made = await shop();
  programs = tempFolder();
  program('vision-cache', `exec '${process.execPath}' '${MAIN}' "$@"`);
  program('scontrol', `echo "scontrol $*" >> '${join(programs, 'requeued')}'`);
});

afterAll(async () => {
  await made.server.close();
  removeTempFolders();
});

function program(name: string, text: string): void {
  const file = join(programs, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
}

/** What the compiler has to say of a manifest as a Job of Kubernetes. */
function problemsOf(manifest: unknown): string[] {
  const file = fileURLToPath(new URL('job.check.ts', import.meta.url));
  const text = `import type { Job } from 'kubernetes-types/batch/v1';\nexport const job: Job = ${JSON.stringify(manifest)};\n`;
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile.call(host, name, ...rest);
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

interface JobManifest {
  spec: {
    completions: number;
    parallelism: number;
    podFailurePolicy: { rules: { action: string; onExitCodes?: { containerName: string; values: number[] } }[] };
    template: { spec: { containers: { name: string; args: string[]; env: { name: string; value: string }[] }[] } };
  };
}

describe('deploy/kubernetes/job.yaml', () => {
  const manifest = parse(read('kubernetes/job.yaml')) as JobManifest;

  it('is a Job, letter for letter', () => {
    expect(problemsOf(manifest)).toEqual([]);
    const { podFailurePolicy: policy, ...spec } = manifest.spec;
    expect(problemsOf({ ...manifest, spec: { ...spec, podFailurePolicies: policy } })[0]).toContain('podFailurePolic');
    expect(problemsOf({ ...manifest, spec: { ...spec, completions: '16' } })[0]).toContain('number');
  });

  it('gives up on the exit codes that want a person, and names the number of shards twice alike', async () => {
    const { completions, parallelism, podFailurePolicy, template } = manifest.spec;
    const [container] = template.spec.containers;
    const env = Object.fromEntries(container!.env.map(({ name, value }) => [name, value]));
    expect([String(completions), String(parallelism)]).toEqual(Array(2).fill(env['VISION_CACHE_SHARD_COUNT']));
    const fails = podFailurePolicy.rules.find(({ action }) => action === 'FailIndex')!.onExitCodes!;
    expect([fails.containerName, fails.values]).toEqual([container!.name, [1, 2]]);
    const more = { ...env, VISION_CACHE_DIR: join(tempFolder(), 'cache'), JOB_COMPLETION_INDEX: '15' };
    expect(await made.run(container!.args.join(' '), more)).toMatchObject({ code: 0, out: '', err: '' });
    // As many as the next number is refused: the index counts from 0.
    expect(await made.run(container!.args.join(' '), { ...more, JOB_COMPLETION_INDEX: '16' })).toMatchObject({
      code: 2,
    });
  });
});

describe('deploy/slurm/array.sbatch', () => {
  const script = join(DEPLOY, 'slurm/array.sbatch');

  function task(env: Readonly<Record<string, string>>, ...flags: string[]): Promise<Ended> {
    const child = spawn('bash', [script, ...flags], {
      env: { ...made.environment, PATH: `${programs}:${process.env['PATH'] ?? ''}`, HOME: programs, ...env },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  }
  const array = { SLURM_ARRAY_JOB_ID: '77', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '2' };
  const requeued = (): string => spawnSync('cat', [join(programs, 'requeued')], { encoding: 'utf8' }).stdout;

  it('fills the cache by all of its tasks, and queues none again', async () => {
    const cache = { VISION_CACHE_DIR: join(tempFolder(), 'cache') };
    for (const number of ['1', '2'])
      expect(await task({ ...array, ...cache, SLURM_ARRAY_TASK_ID: number })).toMatchObject({ code: 0, err: '' });
    const { out } = await made.run('ls --json', cache);
    expect(out.match(/"days":52/g)).toHaveLength(2);
    expect(requeued()).toBe('');
  });

  it('queues again what ends with 3, five times, and nothing else', async () => {
    const own = { ...array, SLURM_ARRAY_TASK_ID: '2', VISION_CACHE_DIR: join(tempFolder(), 'cache') };
    const lost = { ...own, VISION_CACHE_LISTING_URL: 'http://127.0.0.1:9' };
    expect(await task(own, '--market', 'nothing')).toMatchObject({ code: 2 });
    expect(await task({ ...lost, SLURM_RESTART_COUNT: '5' })).toMatchObject({ code: 3 });
    expect(requeued()).toBe('');
    expect(await task(lost)).toMatchObject({ code: 3 });
    expect(requeued()).toBe('scontrol requeue 77_2\n');
  });

  it('queues again what was killed, and does one shard alone where that is asked', async () => {
    program('killed/vision-cache', 'echo "$*"; kill -KILL $$');
    const own = {
      ...array,
      SLURM_ARRAY_TASK_ID: '1',
      PATH: `${programs}/killed:${programs}:${process.env['PATH'] ?? ''}`,
    };
    const one = await task({ ...own, VISION_CACHE_SHARD: '3/8' }, '--market', 'um');
    expect([one.code, one.out]).toEqual([137, expect.stringMatching(/ --shard 3\/8 --quiet --market um$/m)]);
    expect(requeued()).toContain('scontrol requeue 77_1\n');
    expect((await task(own)).out).toContain(' --shard auto ');
  });
});

describe('deploy/docker/Dockerfile', () => {
  it('knows its instructions, and runs the command that this package has', () => {
    const lines = read('docker/Dockerfile')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^(?:FROM|ARG|RUN|ENV|USER|VOLUME|ENTRYPOINT|CMD) \S/);
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8')) as {
      name: string;
      bin: Record<string, string>;
      engines: { node: string };
    };
    expect(lines).toContain(`ENTRYPOINT ${JSON.stringify(Object.keys(manifest.bin))}`);
    expect(lines.join('\n')).toContain(`"${manifest.name}@\${VERSION}"`);
  });
});
