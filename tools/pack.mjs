// What is published, and its tarballs, as `npm publish` would make them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './run-program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The packages that a program imports. @returns {{ name: string, folder: string, manifest: any }[]} */
export const publishable = () =>
  readdirSync(join(root, 'packages'))
    .filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
    .map((name) => ({
      name,
      folder: join(root, 'packages', name),
      manifest: JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')),
    }));

/** Everything that gets a version and goes to the registry: the packages, and the apps that are not private. */
export const released = (from = root) =>
  ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(from, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(from, folder, 'package.json')))
      .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(from, folder, 'package.json'), 'utf8')) }))
      .filter(({ manifest }) => manifest.private !== true)
      .map(({ folder, manifest }) => ({ project: manifest.nx?.name ?? manifest.name, folder, manifest })),
  );

/**
 * Packs what was built, all in one run of npm.
 *
 * @param {string} destination
 * @returns {Promise<Map<string, { file: string, files: string[] }>>} by the package's name: its tarball, and what is in it
 */
export async function packAll(destination) {
  const projects = released();
  for (const { folder, manifest } of projects)
    if (!existsSync(join(root, folder, 'dist'))) throw new Error(`${manifest.name} is not built: run npm run build`);
  const workspaces = projects.map(({ manifest }) => `--workspace=${manifest.name}`);
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
