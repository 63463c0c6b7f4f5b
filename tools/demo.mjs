// `npm run demo`: makes what the demo needs out of the sources, if they have changed, and runs it: one bundle of the
// program and one of the page take seconds.
import { build } from 'esbuild';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FROM_SOURCES, makeOnce, makePage, PAGE_FOLDER as pageFolder, WITH_REQUIRE } from './make-once.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'apps/demo');
const out = join(demo, 'dist/run');

await makeOnce('the demo', {
  stampFile: join(out, 'stamp'),
  made: [join(out, 'demo.js'), join(pageFolder, 'index.html')],
  make: () =>
    Promise.all([
      build({
        ...FROM_SOURCES,
        entryPoints: { demo: join(demo, 'src/index.ts'), migrator: join(root, 'apps/migrator/src/index.ts') },
        outdir: out,
        splitting: true,
        format: 'esm',
        sourcemap: true,
        external: ['fastify', 'apache-arrow', 'luxon', 'hyparquet-writer', 'msw'],
        banner: WITH_REQUIRE,
      }),
      makePage(),
    ]),
});

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
