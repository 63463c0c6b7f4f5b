// A copy of the repository in which nothing that is planted, versioned or built disturbs anybody.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { released } from './pack.mjs';

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)));

/** A copy of the working tree, without its history. Its packages resolve to the copy's own. */
export function scratchCopy() {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'vision-cache-copy-')));
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  for (const file of stdout.split('\n')) {
    if (!file || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(scratch, file)), { recursive: true });
    cpSync(join(root, file), join(scratch, file));
  }
  linkDependencies(scratch);
  return scratch;
}

/** A clone of what is committed, with its history, and with the packages' builds of the working tree. */
export function scratchClone() {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'vision-cache-clone-')));
  const { status, stderr } = spawnSync('git', ['clone', '--quiet', '--no-hardlinks', root, scratch], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git clone failed: ${stderr}`);
  linkDependencies(scratch);
  for (const { folder } of released(root)) {
    const dist = join(root, folder, 'dist');
    if (existsSync(dist)) cpSync(dist, join(scratch, folder, 'dist'), { recursive: true });
  }
  return scratch;
}

/** @param {string} scratch */
export const removeScratch = (scratch) => rmSync(scratch, { recursive: true, force: true });

function linkDependencies(scratch) {
  const projects = ['packages', 'apps', 'e2e', 'tools'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => join(parent, name)),
  );
  for (const folder of ['.', ...projects, 'examples'])
    linkModules(join(root, folder, 'node_modules'), join(scratch, folder, 'node_modules'), scratch);
}

function linkModules(from, to, scratch) {
  if (!existsSync(from) || !existsSync(dirname(to))) return;
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === '.cache' || name === '.package-lock.json') continue;
    const source = join(from, name);
    if (name.startsWith('@')) {
      linkModules(source, join(to, name), scratch);
      continue;
    }
    const target = realpathSync(source);
    const inWorkspace = lstatSync(source).isSymbolicLink() && !relative(root, target).startsWith('node_modules');
    symlinkSync(inWorkspace ? join(scratch, relative(root, target)) : target, join(to, name));
  }
}
