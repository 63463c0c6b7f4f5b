// Which test files there are, and which of them lean on what a machine does differently each time: a clock, threads,
// processes, ports, a browser. A test leans on what its fixtures and helpers lean on; its sources are asked by rooms.json.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const LEANS_ON = {
  clock: /\b(Date\.now|performance\.now|setTimeout|setInterval|utimesSync|useFakeTimers|mtimeMs|sleep\w*)\b/,
  threads: /node:worker_threads|readAside|ReadsAside|decodeStream/,
  processes: /node:child_process|\bspawn\w*\(|\bexecFile\w*\(|process\.kill/,
  ports: /startArchiveServer|startServer|createServer|openSetup|\.listen\(|setupServer|\.inject\(/,
  browser: /playwright|chromium/,
};

const isTest = (file) => /\.test\.ts$/.test(file);
const FOREIGN = new Set(['node_modules', 'dist', 'out-tsc', 'test-output']);

function* below(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !FOREIGN.has(entry.name)) yield* below(path);
    else if (entry.isFile() && isTest(entry.name)) yield path;
  }
}

/** A fixture, a helper beside tests, or a test; not what is tested. */
const isHelper = (file) => /\.(test|fixture)\.ts$|__fixtures__|[/\\](e2e|examples)[/\\]/.test(file);

/** @returns {Set<string>} what a test leans on, its helpers' reasons among them */
function reasons(file, seen = new Set()) {
  const found = new Set();
  if (seen.has(file) || !existsSync(file)) return found;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [reason, pattern] of Object.entries(LEANS_ON)) if (pattern.test(text)) found.add(reason);
  for (const { fileName } of ts.preProcessFile(text, true, false).importedFiles) {
    const target = fileName.startsWith('.') ? resolve(dirname(file), fileName) : undefined;
    if (target && isHelper(target)) for (const reason of reasons(target, seen)) found.add(reason);
  }
  return found;
}

/** @returns {string[]} folders of the projects that have tests, with slashes */
export function findProjects(root) {
  return ['packages', 'apps', 'e2e', 'tools']
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
    .concat('examples')
    .filter((project) => existsSync(join(root, project, 'jest.config.cjs')));
}

/** @returns {{ project: string, file: string, reasons: string[] }[]} with slashes, sorted */
export function findTests(root) {
  return findProjects(root).flatMap((project) =>
    [...below(join(root, project))].sort().map((path) => ({
      project,
      file: relative(join(root, project), path).split(sep).join('/'),
      reasons: [...reasons(path)].sort(),
    })),
  );
}
