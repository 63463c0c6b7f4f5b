// `npm run test:repeat`: shows that nothing is flaky. Tests that lean on a clock, threads, processes, ports or a browser run
// twenty times beside two busy loops, all others three times. It takes an hour at most and then says what is left; the
// next call goes on where this one was stopped, by the time, by Ctrl-C or by a crash. What a project's tests have shown
// counts until its sources change, or those of a package that it uses.
//
//   --only TEXT    only files whose path has the text
//   --rounds N     N rounds of each, in place of 20 and 3
//   --minutes N    at most so long (60)
//   --workers N    of jest, beside the busy loops (2)
//   --again         forget what was run before
//   --last         print the last result and run nothing
//   --list         print which file leans on what
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keep, readKept } from './repeat/cache-folder.mjs';
import { findProjects, findTests } from './repeat/find-tests.mjs';
import { addRun, idOf, nextRun, resultLines, ROUNDS } from './repeat/plan-rounds.mjs';
import { hasherOf, pathsOf, readManifests } from './repeat/sources-of.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: given } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    workers: { type: 'string', default: '2' },
    anew: { type: 'boolean' },
    last: { type: 'boolean' },
    list: { type: 'boolean' },
  },
});
const tests = findTests(root).filter((test) => idOf(test).includes(given.only));
const rounds = given.rounds ? { leaning: Number(given.rounds), other: Number(given.rounds) } : ROUNDS;
const STATE = given.only || given.rounds ? 'repeat-part.json' : 'repeat.json';

const projects = [...new Set(tests.map(({ project }) => project))];

/** By project, the hash of what its tests stand on. */
function hashSources() {
  const hash = hasherOf(root);
  const manifests = readManifests(root, [...new Set([...projects, ...findProjects(root)])]);
  return Object.fromEntries(projects.map((project) => [project, hash(pathsOf(project, manifests))]));
}

function print({ at, tallies }) {
  console.log(`\n━━ test:repeat until ${at}`);
  for (const line of resultLines(tests, tallies, rounds)) console.log(line);
}

if (given.list) {
  for (const test of tests) console.log(`${idOf(test)}: ${test.reasons.join(', ') || 'nothing'}`);
  process.exit(0);
}
const kept = readKept(root, STATE);
if (given.last) {
  if (kept) print(kept);
  else console.log('test:repeat has not run here yet');
  process.exit(0);
}

const sources = hashSources();
const goesOn = kept?.rounds === JSON.stringify(rounds) && kept.only === given.only && !given.anew;
const isCurrent = (id) =>
  tests.some((test) => idOf(test) === id && kept.sources?.[test.project] === sources[test.project]);
const tallies = goesOn ? Object.fromEntries(Object.entries(kept.tallies).filter(([id]) => isCurrent(id))) : {};
if (Object.keys(tallies).length > 0) console.log(`goes on with what ran until ${kept.at} and has not changed since`);
let state = { at: new Date().toISOString(), sources, only: given.only, rounds: JSON.stringify(rounds), tallies };

// Tests of whole programs need the packages built; what is built already is taken from the cache.
const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const built = spawnSync(process.execPath, [nx, 'run-many', '-t', 'build', '--outputStyle=static'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
  env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false', FORCE_COLOR: '0' },
});
if (built.status !== 0) process.exit(1);

const busy = [1, 2].map(() => spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
let running;
const stop = () => {
  for (const child of busy) child.kill('SIGKILL');
  running?.kill('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stop();
    print(state);
    process.exit(2);
  });
}
process.on('exit', stop);

/** One jest over some files of a project. */
function run({ project, files }) {
  return new Promise((done) => {
    running = spawn(
      process.execPath,
      [join(root, 'tools/jest.mjs'), `--maxWorkers=${given.workers}`, '--runTestsByPath', ...files],
      {
        cwd: join(root, project),
        stdio: 'ignore',
        env: { ...process.env, FORCE_COLOR: '0', VISION_CACHE_JEST_MINUTES: '20' },
      },
    );
    running.on('close', () => {
      running = undefined;
      try {
        done(JSON.parse(readFileSync(join(root, project, 'test-output/results.json'), 'utf8')).testResults ?? []);
      } catch {
        done([]);
      }
    });
  });
}

const end = performance.now() + Number(given.minutes) * 60_000;
for (let next = nextRun(tests, state.tallies, rounds); next; next = nextRun(tests, state.tallies, rounds)) {
  if (performance.now() > end) break;
  const started = performance.now();
  const tallies = addRun(state.tallies, next, await run(next));
  const failed = next.files.filter((file) => {
    const id = idOf({ ...next, file });
    return tallies[id].failures.length > (state.tallies[id]?.failures.length ?? 0);
  });
  state = { ...state, at: new Date().toISOString(), tallies };
  keep(root, STATE, state);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(
    `round ${next.round} of ${next.project}: ${next.files.length} files in ${seconds} s${failed.length > 0 ? `, FAILED: ${failed.join(', ')}` : ''}`,
  );
}
print(state);
const wrong = Object.values(state.tallies).some(({ failures }) => failures.length > 0);
const open = nextRun(tests, state.tallies, rounds) !== undefined;
if (open) console.log('Not done: the same command goes on.');
if (wrong) process.exitCode = 1;
else process.exitCode = open ? 2 : 0;
stop();
