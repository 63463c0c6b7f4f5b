// `npm run bench [-- name…]`: builds the packages, installs what they are compared with, and runs every *.bench.mjs of
// this folder in a process of its own. A bench prints its own table.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
const wanted = process.argv.slice(2);

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NX_TUI: 'false', NX_DAEMON: 'false' },
  });
  return status === 0;
}

const files = readdirSync(folder).filter((file) => file.endsWith('.bench.mjs'));
/** By its whole name, else by how it begins. */
const isMeant = (file, name) => file === `${name}.bench.mjs` || (!files.includes(`${name}.bench.mjs`) && file.startsWith(name)); // prettier-ignore
const benches = files.filter((file) => wanted.length === 0 || wanted.some((name) => isMeant(file, name)));
if (benches.length === 0) {
  console.error(`No bench ${wanted.join(', ')} in tools/bench`);
  process.exit(1);
}
const install = (...more) => run('npm', ['install', '--no-audit', '--no-fund', '--silent', ...more], folder);
// Not `npm ci`: nodejs-polars lists binaries for platforms that the registry does not have, and the lock cannot. For the
// same reason npm leaves out the one that is there, until it is asked for by name.
const polars = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies['nodejs-polars'];
const ready =
  run(process.execPath, [nx, 'run-many', '-t', 'build', '-p', 'packages/*', '--outputStyle=static'], root) &&
  install('--prefer-offline') &&
  (process.platform !== 'linux' ||
    process.arch !== 'x64' ||
    install('--no-save', `nodejs-polars-linux-x64-gnu@${polars}`));
if (!ready) process.exit(1);

// Python's libraries are peers too. Without them a bench says which ways it leaves out.
const python = spawnSync('bash', [join(root, 'tools/python/install.sh')], { encoding: 'utf8' });
if (python.status === 0) process.env.PATH = python.stdout.trim() + delimiter + process.env.PATH;
else console.log(`Python's libraries could not be installed: ${python.stderr?.trim().split('\n').at(-1)}`);

console.log(`\nNode ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
let failed = 0;
for (const bench of benches) {
  console.log(`\n━━ ${bench.replace('.bench.mjs', '')}`);
  if (!run(process.execPath, ['--expose-gc', join(folder, bench)], root)) failed += 1;
}
process.exit(failed > 0 ? 1 : 0);
