// What can be counted in one source file, without running it.
import ts from 'typescript';

const K = ts.SyntaxKind;
/** Lines of six and more that stand in two places are one piece of knowledge that stands twice. */
const SAME_LINES = 6;

/** The class of `new X(…)` behind a `throw`. */
const thrownClass = (node) =>
  ts.isThrowStatement(node) && node.expression && ts.isNewExpression(node.expression)
    ? node.expression.expression.getText()
    : undefined;

const isIndexed = (node) => ts.isElementAccessExpression(node.expression);
const isAsUnknownAs = (node) =>
  ts.isAsExpression(node) &&
  ts.isAsExpression(node.expression) &&
  node.expression.type.kind === K.UnknownKeyword &&
  node.type.kind !== K.UnknownKeyword;

/** @param {string} text */
export function measureFile(file, text) {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const counts = { lines: text.trimEnd().split('\n').length, throws: 0, plainErrors: 0, any: 0, bangs: 0, indexedBangs: 0, asUnknownAs: 0, suppressed: (text.match(/@ts-(ignore|expect-error|nocheck)/g) ?? []).length }; // prettier-ignore
  const visit = (node) => {
    const thrown = thrownClass(node);
    if (thrown !== undefined) counts.throws += 1;
    if (thrown === 'Error') counts.plainErrors += 1;
    if (node.kind === K.AnyKeyword) counts.any += 1;
    if (ts.isNonNullExpression(node)) counts[isIndexed(node) ? 'indexedBangs' : 'bangs'] += 1;
    if (isAsUnknownAs(node)) counts.asUnknownAs += 1;
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return counts;
}

/** Lines that say something: without imports, comments, and what only closes or opens a bracket. */
function saying(text) {
  const withoutImports = text.replace(/^(import|export)\s[^;]*?from\s+'[^']+';/gm, (match) =>
    match.replace(/[^\n]/g, ''),
  );
  return withoutImports.split('\n').flatMap((line, index) => {
    const said = line.trim().replace(/\s*\/\/.*$/, '');
    return /[\w$]{2}/.test(said) && !/^(\*|\/\*)/.test(said) ? [{ said, line: index + 1 }] : [];
  });
}

/**
 * Places where six lines or more stand a second time; a longer run counts once.
 *
 * @param {{ file: string, text: string }[]} files @returns {{ first: string, second: string, lines: number }[]}
 */
export function duplicates(files) {
  const seen = new Map();
  const found = [];
  for (const { file, text } of files) {
    const lines = saying(text);
    for (let at = 0; at + SAME_LINES <= lines.length; at++) {
      const block = lines.slice(at, at + SAME_LINES);
      const key = block.map(({ said }) => said).join('\n');
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, { file, lines, at });
        continue;
      }
      let length = SAME_LINES;
      while (first.lines[first.at + length]?.said === lines[at + length]?.said && lines[at + length]) length++;
      if (first.file !== file || first.at + length <= at) {
        const place = (of, where) => `${of.file}:${of.lines[where].line}`;
        found.push({ first: place(first, first.at), second: `${file}:${lines[at].line}`, lines: length });
        at += length - 1;
      }
    }
  }
  return found;
}

/** @param {Map<string, string[]>} graph @param {(file: string) => string} roomOf @returns {string[]} `a <-> b` */
export function mutualFolders(graph, roomOf) {
  const edges = new Set();
  for (const [file, imports] of graph)
    for (const target of imports) if (roomOf(file) !== roomOf(target)) edges.add(`${roomOf(file)} ${roomOf(target)}`);
  return [...edges].flatMap((edge) => {
    const [from, to] = edge.split(' ');
    return from < to && edges.has(`${to} ${from}`) ? [`${from} <-> ${to}`] : [];
  });
}

/** @param {number[]} values */
export const quantile = (values, of) => [...values].sort((a, b) => a - b)[Math.floor(of * (values.length - 1))] ?? 0;
