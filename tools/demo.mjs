// `npm run demo`: makes what the demo needs out of the sources, if they have changed, and runs it. No package is built
// for it: one bundle of the program and one of the page take seconds, a start without changes none.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'apps/demo');
const out = join(demo, 'dist/run');
const pageFolder = join(demo, 'dist/web');
const stampFile = join(out, 'stamp');

/** Names, sizes and times of everything that goes into the bundles. */
function stamp() {
  const lines = [process.version];
  const add = (path) => {
    const { mtimeMs, size } = statSync(path);
    lines.push(`${path} ${mtimeMs} ${size}`);
  };
  for (const parent of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, parent))) {
      const source = join(root, parent, name, 'src');
      if (!existsSync(source)) continue;
      for (const entry of readdirSync(source, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && !/\.(test|deep|fixture)\.ts$/.test(entry.name)) add(join(entry.parentPath, entry.name));
      }
      add(join(root, parent, name, 'package.json'));
    }
  }
  add(join(demo, 'vite.config.mjs'));
  return lines.join('\n');
}

async function make() {
  process.stderr.write('Making the demo (once, and after changes)… ');
  const started = performance.now();
  const vite = await import(pathToFileURL(createRequire(join(demo, 'package.json')).resolve('vite')).href);
  const program = build({
    entryPoints: { demo: join(demo, 'src/index.ts'), migrator: join(root, 'apps/migrator/src/index.ts') },
    outdir: out,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    conditions: ['@vision-cache/source'],
    external: ['fastify', 'apache-arrow', 'luxon', 'hyparquet-writer', 'msw'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  await Promise.all([program, vite.build({ root: join(demo, 'src/web'), configFile: join(demo, 'vite.config.mjs') })]);
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

const now = stamp();
if (!existsSync(join(pageFolder, 'index.html')) || !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== now) {
  await make();
  mkdirSync(out, { recursive: true });
  writeFileSync(stampFile, now);
}

const load = (name) => import(pathToFileURL(join(out, `${name}.js`)).href);
const [{ runDemo }, migrator] = await Promise.all([load('demo'), load('migrator')]);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130); // Asked twice.
    stop.abort();
  });
}
process.exit(
  await runDemo(process.argv.slice(2), {
    pageFolder,
    migrator,
    environment: process.env,
    signal: stop.signal,
    tell: (line) => console.log(line),
    complain: (sentence) => console.error(sentence),
  }),
);
