// A `!` says that the writer knows better than the compiler. Behind an index (`rows[at]!`) it is how this repository writes, since
// a check there would cost a branch for each row; elsewhere at most 2 in 1,000 lines of a package's sources. Where it is
// more, `--list` prints each place.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isSource } from './eslint/source-graph.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const MOST_PER_1000 = 2;

/** The lines of a source in which something that is no index is said to be there. */
export function assertionsIn(name, text) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, false);
  const lines = [];
  const visit = (node) => {
    const isAsserted = ts.isNonNullExpression(node) && !ts.isElementAccessExpression(node.expression);
    const isDefinite = (ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) && node.exclamationToken;
    if (isAsserted || isDefinite) lines.push(source.getLineAndCharacterOfPosition(node.end).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** @returns what a package has of them: how many lines, and each place */
export function assertionsOf(project) {
  const folder = join(root, project, 'src');
  let lines = 0;
  const places = [];
  for (const file of readdirSync(folder, { recursive: true }).filter(isSource).sort()) {
    const text = readFileSync(join(folder, file), 'utf8');
    lines += text.split('\n').length - 1;
    for (const line of assertionsIn(file, text)) places.push(`${project}/src/${file}:${line}`);
  }
  return { lines, places };
}

/** @returns {string[]} what is too much, a sentence for each package */
export function tooManyAssertions(projects) {
  return projects.flatMap((project) => {
    const { lines, places } = assertionsOf(project);
    const rate = (places.length / lines) * 1000;
    if (process.argv.includes('--list')) console.log([...places, `${project}: ${places.length} in ${lines} lines, ${rate.toFixed(2)} of 1,000`].join('\n')); // prettier-ignore
    return rate > MOST_PER_1000 ? [`${project}: ${rate.toFixed(1)} \`!\` of 1,000 lines, more than ${MOST_PER_1000}`] : []; // prettier-ignore
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const projects = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  const problems = tooManyAssertions(projects);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
