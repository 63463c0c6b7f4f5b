// Makes something out of the sources of packages and apps once, and again when they have changed: a start without changes
// takes no time. No package is built for it.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'apps/demo');

/** Where Vite puts the page. */
export const PAGE_FOLDER = join(demo, 'dist/web');

/** How a program is bundled from the sources, with all that it needs but what is `external`. */
export const FROM_SOURCES = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['@vision-cache/source'],
  logLevel: 'error',
};

/** Bundled CommonJS dependencies call require, which an ES module lacks. */
export const WITH_REQUIRE = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

/** Names, sizes and times of everything that goes into a bundle. */
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

/**
 * @param {string} what said while it is made, such as "the demo"
 * @param {{ stampFile: string, made: string[], make: () => Promise<unknown> }} how `made`: files without which it is made again
 */
export async function makeOnce(what, { stampFile, made, make }) {
  const now = stamp();
  const isCurrent = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === now;
  if (isCurrent && made.every((file) => existsSync(file))) return;
  process.stderr.write(`Making ${what} (once, and after changes)… `);
  const started = performance.now();
  await make();
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, now);
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

export async function makePage() {
  const vite = await import(pathToFileURL(createRequire(join(demo, 'package.json')).resolve('vite')).href);
  await vite.build({ root: join(demo, 'src/web'), configFile: join(demo, 'vite.config.mjs') });
}
