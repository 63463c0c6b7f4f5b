// The publishable packages and their tarballs, as `npm publish` would make them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {{ name: string, folder: string, manifest: any }[]} */
export const publishable = () =>
  readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .map((name) => ({
      name,
      folder: join(root, 'packages', name),
      manifest: JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')),
    }));

/**
 * Packs what was built, all in one run of npm.
 *
 * @param {string} destination
 * @returns {Promise<Map<string, { file: string, files: string[] }>>} by the package's name: its tarball, and what is in it
 */
export async function packAll(destination) {
  const packages = publishable();
  for (const { folder, manifest } of packages)
    if (!existsSync(join(folder, 'dist'))) throw new Error(`${manifest.name} is not built: run npm run build`);
  const workspaces = packages.map(({ manifest }) => `--workspace=${manifest.name}`);
  const said = await runProgram(
    'npm',
    ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', destination, ...workspaces],
    root,
  );
  const reports = JSON.parse(said.slice(said.indexOf('\n[') + 1 || said.indexOf('[')));
  return new Map(
    reports.map(({ name, filename, files }) => [
      name,
      { file: join(destination, filename.replace('@', '').replace('/', '-')), files: files.map(({ path }) => path) },
    ]),
  );
}
