// Prints the figures of this repository with their goals: sizes, errors, types, folders, repeats, names per door, and what one cold
// day enters. `--list` names what misses its goal or is close to it; `--check` ends with 1 where a goal is missed.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { circlesOf, sourceGraph } from './eslint/source-graph.mjs';
import { doorsOf } from './figures/doors.mjs';
import { duplicates, measureFile, mutualFolders, quantile } from './figures/measure-file.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const projects = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
);
const isListed = process.argv.includes('--list');

const graphs = projects.map((project) => ({ project, graph: sourceGraph(join(root, project)) }));
const files = graphs.flatMap(({ project, graph }) =>
  [...graph.keys()].map((file) => {
    const path = `${project}/src/${file}`;
    const text = readFileSync(join(root, path), 'utf8');
    return { file: path, text, ...measureFile(path, text) };
  }),
);

/** Why a goal is not reached, by the figure; a reason whose goal is met says so by being printed no more. */
const REASONS = {
  'as unknown as':
    'columns of a dataset that is known only at run time, types without a common part, and options that @types/node lacks',
  'a cold day of 1m, files entered':
    'files of one idea: what a day passes through is counted in files, and folders are gone through once',
};

let missed = 0;
/** @param {string[]} [places] named with `--list` */
function figure(what, value, goal, places = []) {
  const isMet = goal === undefined || value <= goal;
  if (!isMet) missed += 1;
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(1);
  const said = goal === undefined ? '' : `(goal: ${goal === 0 ? 'none' : `at most ${goal}`})`;
  console.log(`${isMet ? ' ' : '!'} ${what.padEnd(62)} ${shown.padStart(6)} ${said}`.trimEnd());
  if (!isMet && REASONS[what]) console.log(`      because: ${REASONS[what]}`);
  if (isListed) for (const place of places) console.log(`      ${place}`);
}
const sum = (name) => files.reduce((total, file) => total + file[name], 0);
const having = (name) => files.filter((file) => file[name] > 0).map((file) => `${file.file}: ${file[name]}`);

const lines = files.map((file) => file.lines);
const total = lines.reduce((all, each) => all + each, 0);
figure('source files', files.length);
figure('lines of them', total);
figure('lines of a file, median', quantile(lines, 0.5));
figure('lines of a file, 90th percentile', quantile(lines, 0.9));
figure('lines of the longest file', Math.max(...lines), 400);
const long = files.filter((file) => file.lines > 400);
figure('files above 400 lines', long.length, 0, long.map((file) => `${file.file}: ${file.lines}`)); // prettier-ignore

figure('throws', sum('throws'));
figure('of them plain Error', sum('plainErrors'), 0, having('plainErrors'));
figure('any', sum('any'), 0, having('any'));
figure('@ts-ignore and its like', sum('suppressed'), 0, having('suppressed'));
figure('as unknown as', sum('asUnknownAs'), 4, having('asUnknownAs'));
figure('non-null ! per 1,000 lines, behind an index aside', (sum('bangs') / total) * 1000, 2, having('bangs'));
figure('non-null ! per 1,000 lines, with those', ((sum('bangs') + sum('indexedBangs')) / total) * 1000);

const folderOf = (file) => dirname(file);
const circles = graphs.flatMap(({ project, graph }) => circlesOf(graph).map((of) => `${project}: ${of.join(', ')}`));
const mutual = graphs.flatMap(({ project, graph }) =>
  mutualFolders(graph, folderOf).map((pair) => `${project}: ${pair}`),
);
const sizes = graphs.flatMap(({ project, graph }) => {
  const counts = new Map();
  for (const file of graph.keys()) counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1);
  return [...counts].map(([folder, count]) => ({ folder: `${project}/src/${folder}`, count }));
});
const full = sizes.filter(({ count }) => count > 15);
figure('circles of files', circles.length, 0, circles);
figure('pairs of folders that import each other', mutual.length, 0, mutual);
figure('files in the fullest folder', Math.max(...sizes.map(({ count }) => count)), 15);
figure('folders above 15 files', full.length, 0, full.map(({ folder, count }) => `${folder}: ${count}`)); // prettier-ignore

const twice = duplicates(files);
figure('places where six lines stand a second time', twice.length, undefined, twice.map(({ first, second, lines: of }) => `${first} = ${second} (${of} lines)`)); // prettier-ignore

const doors = doorsOf(root);
for (const { door, names } of doors) figure(`names of ${door}`, names.length);
const main = doors.filter(({ isMain }) => isMain);
const counted = new Map();
for (const { door, names } of main)
  for (const { name } of names) counted.set(name, [...(counted.get(name) ?? []), door]);
const doubled = [...counted].filter(([, of]) => of.length > 1);
figure('names of all main doors', counted.size);
figure('of them from two doors (decision 0009 allows the equal ones)', doubled.length, undefined, doubled.map(([name, of]) => `${name}: ${of.join(', ')}`)); // prettier-ignore

const { status, stdout } = spawnSync(
  process.execPath,
  ['--conditions=@vision-cache/source', '--import', './e2e/workflow/typescript-hooks.mjs', 'tools/engine-figures.mjs'],
  { cwd: root, encoding: 'utf8' },
);
for (const [, what, value, goal] of stdout.matchAll(/^(files entered|goings back): (\d+) \(goal: at most (\d+)\)/gm))
  figure(`a cold day of 1m, ${what}`, Number(value), Number(goal));
if (status !== 0) console.log('! the figures of a cold day could not be measured');

console.log(`code-figures: ${missed} of the goals missed`);
process.exit(process.argv.includes('--check') && (missed > 0 || status !== 0) ? 1 : 0);
