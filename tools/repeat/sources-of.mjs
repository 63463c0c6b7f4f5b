// The sources that a project's tests stand on, as one hash: what was repeated stays true until they change.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What every test stands on. */
const SHARED = [
  'package-lock.json',
  'jest.preset.cjs',
  'tsconfig.base.json',
  'tools/jest.mjs',
  'tools/fixtures',
  'tools/golden',
];

/**
 * Folders and files below the root: the project, its dependencies in this workspace, theirs, what nx.json's or its own
 * inputs name of the workspace, and what all tests stand on.
 *
 * @param {Record<string, { name: string, dependencies: string[], inputs: string[] }>} manifests by folder
 * @returns {string[]} sorted
 */
export function pathsOf(project, manifests) {
  const folderOf = new Map(Object.entries(manifests).map(([folder, { name }]) => [name, folder]));
  const found = new Set(SHARED);
  const open = [project];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (found.has(folder)) continue;
    found.add(folder);
    const { dependencies, inputs } = manifests[folder] ?? { dependencies: [], inputs: [] };
    for (const name of dependencies) if (folderOf.has(name)) open.push(folderOf.get(name));
    if (folder === project) for (const input of inputs) found.add(input);
  }
  return [...found].sort();
}

/** @returns {Record<string, { name: string, dependencies: string[], inputs: string[] }>} by the folders of the projects */
export function readManifests(root, folders) {
  const read = (folder) => {
    const file = join(root, folder, 'package.json');
    if (!existsSync(file)) return { name: folder, dependencies: [], inputs: [] };
    const { name, dependencies, devDependencies, peerDependencies, nx } = JSON.parse(readFileSync(file, 'utf8'));
    const inputs = Object.values(nx?.targets ?? {})
      .flatMap((target) => target.inputs ?? [])
      .filter((input) => typeof input === 'string' && input.startsWith('{workspaceRoot}/'))
      .map((input) => input.replace('{workspaceRoot}/', '').replace(/\/\*\*.*$/, ''));
    const all = { ...dependencies, ...devDependencies, ...peerDependencies };
    return { name, dependencies: Object.keys(all), inputs };
  };
  return Object.fromEntries(folders.map((folder) => [folder, read(folder)]));
}

/** @returns {(paths: string[]) => string} a hash of files and folders as they lie on the disk, changes and new files included */
export function hasherOf(root) {
  const folder = mkdtempSync(join(tmpdir(), 'vision-cache-repeat-'));
  const git = (...args) => {
    const env = { ...process.env, GIT_INDEX_FILE: join(folder, 'index') };
    const { stdout, stderr, status } = spawnSync('git', args, { cwd: root, encoding: 'utf8', env });
    if (status !== 0) throw new Error(`git ${args[0]}: ${stderr}`);
    return stdout;
  };
  try {
    git('read-tree', 'HEAD');
    git('add', '--all');
    const tree = git('write-tree').trim();
    return (paths) =>
      createHash('sha256')
        .update(git('ls-tree', tree, ...paths))
        .digest('hex')
        .slice(0, 16);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
