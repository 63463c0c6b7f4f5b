// Compares the project graph with the drawing in docs/architecture.md: every edge is drawn, every arrow exists.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));

/** `a --> b & c` gives a→b and a→c; a name alone on a line is a project without edges. */
function drawnEdges(markdown) {
  const edges = new Set();
  const projects = new Set();
  for (const [, block] of markdown.matchAll(/```mermaid\n(%% check-graph[\s\S]*?)```/g)) {
    for (const line of block.split('\n').slice(2)) {
      const [from, to] = line.split('-->').map((side) => side.trim());
      if (!from) continue;
      projects.add(from);
      for (const target of to?.split('&') ?? []) edges.add(`${from} --> ${target.trim()}`);
    }
  }
  return { edges, projects };
}

function actualEdges() {
  const folder = mkdtempSync(join(tmpdir(), 'check-graph-'));
  try {
    const file = join(folder, 'graph.json');
    const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
    const run = spawnSync(process.execPath, [nx, 'graph', `--file=${file}`], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_WORKSPACE_ROOT_PATH: root },
    });
    if (run.status !== 0) throw new Error(`nx graph failed:\n${run.stdout}${run.stderr}`);
    const { graph } = JSON.parse(readFileSync(file, 'utf8'));
    const projects = new Set(Object.keys(graph.nodes));
    const edges = new Set();
    for (const [from, targets] of Object.entries(graph.dependencies)) {
      for (const { target } of targets) if (projects.has(target)) edges.add(`${from} --> ${target}`);
    }
    return { edges, projects };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const drawn = drawnEdges(readFileSync(join(root, 'docs/architecture.md'), 'utf8'));
const actual = actualEdges();
const problems = [
  ...[...actual.edges]
    .filter((edge) => !drawn.edges.has(edge))
    .map((edge) => `in the code, not in the drawing: ${edge}`),
  ...[...drawn.edges]
    .filter((edge) => !actual.edges.has(edge))
    .map((edge) => `in the drawing, not in the code: ${edge}`),
  ...[...actual.projects]
    .filter((name) => !drawn.projects.has(name) && ![...drawn.edges].some((e) => e.endsWith(` ${name}`)))
    .map((name) => `project without a place in the drawing: ${name}`),
];
for (const problem of problems) console.error(`check-graph: ${problem}`);
console.log(`check-graph: ${actual.projects.size} projects, ${actual.edges.size} edges, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
