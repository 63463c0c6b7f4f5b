// `npm run test:long`: what takes hours. Mutants, 2,000 damages and every system call of the migrator, an hour of the
// model of the engine: the script `test:long` of every project that has one. What came out is kept in the cache folder;
// `npm run test:long -- --last` prints it, and names of projects run those alone.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { keep, readKept } from './repeat/cache-folder.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const STATE = 'long.json';
/** Of what a project prints, the last lines, in which its result stands. */
const LAST_LINES = 12;

const manifests = ['packages', 'apps', 'e2e', 'tools'].flatMap((parent) =>
  readdirSync(join(root, parent)).flatMap((name) => {
    try {
      const { scripts, nx } = JSON.parse(readFileSync(join(root, parent, name, 'package.json'), 'utf8'));
      return scripts?.['test:long'] ? [{ name: nx?.name ?? name }] : [];
    } catch {
      return [];
    }
  }),
);

function print(results) {
  console.log('\n━━ test:long');
  for (const { name } of manifests) {
    const result = results[name];
    if (!result) {
      console.log(`  ${name}: has not run here yet`);
      continue;
    }
    const { passed, minutes, at, commit, lines } = result;
    console.log(`  ${name}: ${passed ? 'passed' : 'FAILED'} in ${minutes.toFixed(1)} min, ${at}, commit ${commit}`);
    for (const line of lines) console.log(`    ${line}`);
  }
}

/** One project's script, printed as it goes; its output is kept as well. */
function run(name) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [nx, 'run', `${name}:test:long`, '--outputStyle=stream-without-prefixes'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes) => {
        output += bytes;
        process.stdout.write(bytes);
      });
    }
    child.on('close', (status) => done({ status, output }));
  });
}

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const results = readKept(root, STATE) ?? {};
if (process.argv.includes('--last')) {
  print(results);
  process.exit(0);
}
const unknown = wanted.filter((name) => !manifests.some((each) => each.name === name));
if (unknown.length > 0) {
  console.error(`test:long: ${unknown.join(', ')}: only ${manifests.map(({ name }) => name).join(', ')} have it`);
  process.exit(1);
}
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.trim();
let failed = false;
for (const project of manifests.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`\n━━ ${project.name}`);
  const started = performance.now();
  const { status, output } = await run(project.name);
  failed ||= status !== 0;
  results[project.name] = {
    passed: status === 0,
    minutes: (performance.now() - started) / 60_000,
    at: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    lines: output.trimEnd().split('\n').slice(-LAST_LINES),
  };
  keep(root, STATE, results); // after each, so that a run that is stopped keeps what it has
}
print(results);
process.exit(failed ? 1 : 0);
