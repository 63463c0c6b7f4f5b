// Which source file of a project imports which other. Types count: whoever reads a file has to know them too.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

const isTest = (file) => /\.(test|deep|fixture|bench)\.ts$|(^|[/\\])(__fixtures__|test)[/\\]/.test(file);

/** @param {string} file below `src` */
export const isSource = (file) => /\.tsx?$/.test(file) && !/\.d\.ts$/.test(file) && !isTest(file);

const slashed = (path) => path.split(sep).join('/');

/** @returns {string[]} the source files below `src`, tests and fixtures aside, with slashes */
function sourceFiles(project) {
  const src = join(project, 'src');
  if (!existsSync(src)) return [];
  return readdirSync(src, { recursive: true }).map(String).filter(isSource).map(slashed).sort();
}

/** `#platform` and its kind: the source that package.json names for it. */
function packageImport(project, specifier) {
  const { imports = {} } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  let target = imports[specifier]?.['@vision-cache/source'] ?? imports[specifier];
  while (target && typeof target === 'object') target = target.default ?? Object.values(target)[0];
  return typeof target === 'string' ? resolve(project, target) : undefined;
}

/**
 * @param {string} project the folder of its package.json
 * @param {string} file the importing file, an absolute path
 * @returns {string | undefined} the imported file below `src`, when it is one of this project
 */
export function resolveInside(project, file, specifier) {
  let target;
  if (specifier.startsWith('.')) target = resolve(dirname(file), specifier);
  else if (specifier.startsWith('#')) target = packageImport(project, specifier);
  if (!target) return undefined;
  const inside = slashed(relative(join(project, 'src'), target));
  return inside.startsWith('..') ? undefined : inside;
}

/** Files do not change while a lint runs; in an editor they do. */
const read = new Map();
function importsOf(project, file) {
  const path = join(project, 'src', file);
  const { mtimeMs } = statSync(path);
  const known = read.get(path);
  if (known?.mtimeMs === mtimeMs) return known.imports;
  const { importedFiles } = ts.preProcessFile(readFileSync(path, 'utf8'), true, false);
  const imports = importedFiles.flatMap(({ fileName }) => resolveInside(project, path, fileName) ?? []);
  read.set(path, { mtimeMs, imports });
  return imports;
}

/** @returns {Map<string, string[]>} what each source file imports of the same project */
export const sourceGraph = (project) =>
  new Map(sourceFiles(project).map((file) => [file, [...new Set(importsOf(project, file))]]));

/**
 * Tarjan's strongly connected components, those of more than one file.
 *
 * @param {Map<string, string[]>} graph @returns {string[][]} each circle's files, sorted
 */
export function circlesOf(graph) {
  const order = new Map();
  const lowest = new Map();
  const open = [];
  const circles = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (open.includes(next)) lowest.set(file, Math.min(lowest.get(file), lowest.get(next)));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return circles;
}
