// The rooms of every project (tools/eslint/rooms.mjs), seen as a whole: every package and app lists its folders, no folder
// is fuller than 15 source files, and what stands under `notYet` is still true and was there before, so that it only
// shrinks. With `--list` it prints what is not yet.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isKnownCircle, roomOf, roomsOf, upward } from './eslint/rooms.mjs';
import { circlesOf, sourceGraph } from './eslint/source-graph.mjs';

const FULL = 15;

const root = process.env.VISION_CACHE_CHECK_ROOT ?? fileURLToPath(new URL('..', import.meta.url));
const projects = ['packages', 'apps'].flatMap((parent) =>
  readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((name) => existsSync(join(root, name, 'package.json'))),
);

const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
/** What this change is measured against: the main branch, or the commit before, on the main branch itself. */
function baseCommit() {
  const head = git('rev-parse', 'HEAD').stdout.trim();
  const merged = git('merge-base', 'HEAD', 'origin/main').stdout.trim();
  return merged && merged !== head ? merged : git('rev-parse', '--verify', '--quiet', 'HEAD^').stdout.trim();
}
const base = baseCommit();

/** @returns {Record<string, number> & { imports: string[] } | undefined} the list as it was */
function notYetBefore(project) {
  const { status, stdout } = git('show', `${base}:${project}/rooms.json`);
  return base && status === 0
    ? { imports: [], circles: [], impure: [], full: {}, ...JSON.parse(stdout).notYet }
    : undefined;
}

const problems = [];
let open = 0;
for (const project of projects) {
  const say = (text) => problems.push(`${project}: ${text}`);
  const plan = roomsOf(join(root, project));
  if (!plan) {
    say('rooms.json is missing');
    continue;
  }
  const { order, pure, notYet } = plan;
  const graph = sourceGraph(join(root, project));
  if (order.at(-1) !== '.') say('"." (the files of src itself) is not the last room');
  for (const room of pure) if (!order.includes(room)) say(`"${room}" is pure and not listed`);

  const upwards = new Set();
  const sizes = new Map();
  for (const [file, imports] of graph) {
    const room = roomOf(order, file);
    sizes.set(dirname(file), (sizes.get(dirname(file)) ?? 0) + 1);
    if (room === undefined) say(`rooms.json does not list the folder of ${file}`);
    for (const target of imports) {
      const to = roomOf(order, target);
      if (room !== to && upward(order, room, to) === 'up') upwards.add(`${room} -> ${to}`);
    }
  }
  const circles = circlesOf(graph);

  for (const edge of upwards) if (!notYet.imports.includes(edge)) say(`imports go up: ${edge}`);
  for (const circle of circles) if (!isKnownCircle(notYet, circle)) say(`a circle of files: ${circle.join(', ')}`);
  for (const [folder, size] of sizes)
    if (size > (notYet.full[folder] ?? FULL))
      say(`${size} source files in "${folder}", at most ${notYet.full[folder] ?? FULL}`);

  for (const edge of notYet.imports) if (!upwards.has(edge)) say(`notYet.imports: "${edge}" holds now, take it out`);
  for (const line of notYet.circles)
    if (!circles.some((circle) => isKnownCircle({ circles: [line] }, circle)))
      say(`notYet.circles: "${line}" holds now, take it out`);
  for (const file of notYet.impure) if (!graph.has(file)) say(`notYet.impure: there is no ${file}`);
  for (const folder of Object.keys(notYet.full))
    if ((sizes.get(folder) ?? 0) <= FULL) say(`notYet.full: "${folder}" holds now, take it out`);

  const before = notYetBefore(project);
  if (before) {
    for (const kind of ['imports', 'circles', 'impure'])
      for (const line of notYet[kind])
        if (!before[kind].includes(line)) say(`notYet.${kind} only shrinks, and "${line}" is new`);
    for (const [folder, size] of Object.entries(notYet.full))
      if (!(size <= before.full[folder])) say(`notYet.full only shrinks, and "${folder}": ${size} is more than before`);
  }
  const lines = [
    ...notYet.imports.map((edge) => `imports ${edge}`),
    ...notYet.circles.map((line) => `circle ${line}`),
    ...notYet.impure.map((file) => `impure ${file}`),
    ...Object.keys(notYet.full).map((folder) => `full ${folder} (${sizes.get(folder) ?? 0} files)`),
  ];
  open += lines.length;
  if (process.argv.includes('--list')) for (const line of lines) console.log(`  ${project}: ${line}`);
}

for (const problem of problems) console.error(`check-rooms: ${problem}`);
console.log(`check-rooms: ${projects.length} projects, ${open} places not yet, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
