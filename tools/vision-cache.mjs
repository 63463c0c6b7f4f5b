// `node tools/vision-cache.mjs …`: the command from a clone, without a build: it is bundled from the sources once, and again
// after changes. Published it is `npx vision-cache …`.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FROM_SOURCES, makeOnce, makePage, PAGE_FOLDER, WITH_REQUIRE } from './make-once.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const command = join(root, 'apps/cli');
/** As it is published: the version stands one folder above the program. */
const home = join(root, 'build/vision-cache');
const out = join(home, 'run');
const main = join(out, 'main.cjs');

/** What the program loads when it is asked for stays a module beside it. */
const later = {
  name: 'later',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/later\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './later.mjs', external: true },
    ),
};

await makeOnce('the command', {
  stampFile: join(home, 'stamp'),
  made: [main, join(out, 'later.mjs'), join(home, 'package.json')],
  make: async () => {
    await Promise.all([
      build({
        ...FROM_SOURCES,
        entryPoints: [join(command, 'src/main.ts')],
        outfile: main,
        format: 'cjs',
        plugins: [later],
      }),
      build({
        ...FROM_SOURCES,
        entryPoints: { later: join(command, 'src/later/later.ts') },
        outdir: out,
        splitting: true,
        format: 'esm',
        outExtension: { '.js': '.mjs' },
        banner: WITH_REQUIRE,
      }),
    ]);
    cpSync(join(command, 'package.json'), join(home, 'package.json'));
  },
});
const args = process.argv.slice(2);
if (args[0] === 'serve') {
  const made = [join(out, 'web/index.html')];
  const make = async () => {
    await makePage();
    cpSync(PAGE_FOLDER, join(out, 'web'), { recursive: true });
  };
  await makeOnce('the page', { stampFile: join(home, 'page-stamp'), made, make });
}

const child = spawn(process.execPath, [main, ...args], { stdio: 'inherit' });
// The terminal sends Ctrl-C to both; what comes from elsewhere is passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('close', (code) => process.exit(code ?? 3));
