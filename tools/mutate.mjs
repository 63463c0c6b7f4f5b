// Mutation testing: `node tools/mutate.mjs cache-keys [--sample 100]`. Each place of the package's logic is made wrong,
// one at a time, and the unit tests run until one fails. What no test notices is printed, and the score at the end.
//
// All mutants are built into one bundle of sources and tests, each behind a switch, so that a mutant costs a process of
// a second and no build. In place of jest stands a shim of its globals over the same `expect`. Properties run with
// fewer cases (VISION_CACHE_PROPERTY_RUNS): what survives here may still be found by the full number.
//
// Mutated: operators, conditions, numbers, booleans, arrays, and texts other than messages. Not mutated: the tables of
// columns and datasets, which a hand-written table checks, regular expressions, and messages.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** What every pure folder has to reach: 85 % of the mutants are noticed. */
const FLOOR = 85;
/** Times the clean run; a mutant that runs longer is in a loop. */
const PATIENCE = 8;
const SKIPPED_SOURCES = /^(.*\/)?(columns|datasets|index)\.ts$/;
/** What builds or reads the sources themselves. */
const SKIPPED_TESTS = /^pure\.test\.ts$/;

const root = fileURLToPath(new URL('..', import.meta.url));
const [name = 'cache-keys', ...flags] = process.argv.slice(2);
const sample = flags.includes('--sample') ? Number(flags[flags.indexOf('--sample') + 1]) : Infinity;
const source = join(root, 'packages', name, 'src');
const output = join(root, 'packages', name, 'test-output');
mkdirSync(output, { recursive: true });

const K = ts.SyntaxKind;
const OPERATORS = new Map([
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['*']],
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.QuestionQuestionToken, ['&&']],
  [K.GreaterThanGreaterThanGreaterThanToken, ['>>']],
]);

/** Whether the node only goes into what people read: the message of an error, or the name of one. */
function isMessage(node) {
  for (let each = node; each.parent; each = each.parent) {
    const { parent } = each;
    if (ts.isTemplateExpression(parent) || ts.isTaggedTemplateExpression(parent)) return true;
    if (ts.isNewExpression(parent) && /Error$/.test(parent.expression.getText())) return parent.arguments?.[1] === each;
    if (ts.isCallExpression(parent) && /^(refuse\w*|quote|unknown)$/.test(parent.expression.getText())) return true;
    if (ts.isBlock(parent) || ts.isSourceFile(parent)) return false;
  }
  return false;
}

function isStaticPlace(node) {
  const { parent } = node;
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    ts.isLiteralTypeNode(parent) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    (ts.isPropertyDeclaration(parent) && parent.name === node)
  );
}

/** Texts to put in the node's place, each one mutant. */
function variants(node) {
  if (ts.isSourceFile(node)) return [];
  if (ts.isBinaryExpression(node)) {
    const others = OPERATORS.get(node.operatorToken.kind) ?? [];
    return others.map((operator) => `(${node.left.getText()}) ${operator} (${node.right.getText()})`);
  }
  if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) return [node.operand.getText()];
  if (node.kind === K.TrueKeyword && !ts.isLiteralTypeNode(node.parent)) return ['false'];
  if (node.kind === K.FalseKeyword && !ts.isLiteralTypeNode(node.parent)) return ['true'];
  if (ts.isNumericLiteral(node) && !isStaticPlace(node)) return [`(${node.text} + 1)`];
  if (ts.isBigIntLiteral(node)) return [`(${node.text} + 1n)`];
  if (ts.isStringLiteral(node) && !isStaticPlace(node) && !isMessage(node)) return [node.text === '' ? "'x'" : "''"];
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 0 && !isPattern(node)) return ['[]'];
  const { parent } = node;
  const isCondition =
    (ts.isIfStatement(parent) && parent.expression === node) ||
    (ts.isConditionalExpression(parent) && parent.condition === node);
  if (isCondition && !ts.isBinaryExpression(node)) return ['true', 'false'];
  return [];
}

const isPattern = (node) => ts.isBinaryExpression(node.parent) && node.parent.left === node;

const mutants = [];

/** The file's text with every mutant behind a switch. */
function mutated(file) {
  const text = readFileSync(join(source, file), 'utf8');
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const render = (node) => {
    let shown = '';
    let at = node.getStart();
    ts.forEachChild(node, (child) => {
      if (child.getStart() < at) return;
      shown += text.slice(at, child.getStart()) + render(child);
      at = child.getEnd();
    });
    shown += text.slice(at, node.getEnd());
    if (ts.isTypeNode(node)) return node.getText();
    const options = variants(node);
    if (options.length === 0) return shown;
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
    const cases = options.map((option) => {
      const id = mutants.push({ file, line: line + 1, from: node.getText(), to: option }) - 1;
      return `globalThis.__mutant === ${id} ? (${option}) : `;
    });
    // A shorthand or an awaited position stays valid, for the whole is one expression in parentheses.
    return `(${cases.join('')}(${shown}))`;
  };
  return `${text.slice(0, tree.getStart())}${render(tree)}`;
}

const SHIM = `
import { expect } from 'expect';
const tests = [];
const titles = [];
let file;
export const begin = (name) => { file = name; };
export const describe = (title, body) => { titles.push(typeof title === 'string' ? title : title.name); body(); titles.pop(); };
const it = (title, body) => { tests.push({ file, title: [...titles, title].join(' '), body }); };
it.skip = () => {};
it.each = (table) => (title, body) => {
  const isTable = table.every((row) => Array.isArray(row));
  for (const row of table) it(title, () => (isTable ? body(...row) : body(row)));
};
describe.each = (table) => (title, body) => { for (const row of table) describe(title, () => body(row)); };
export { expect, it };
export const test = it;
export const beforeAll = () => {};
export const afterAll = () => {};
export async function runAll() {
  const nearest = (process.env.MUTANT_FILE ?? '').replace('.ts', '.test.ts');
  const isNear = (each) => Number(each.file === nearest);
  for (const { title, body } of [...tests].sort((a, b) => isNear(b) - isNear(a))) {
    try { await body(); } catch (error) { return { title, error }; }
  }
  return { count: tests.length };
}
`;

async function bundle() {
  const files = readdirSync(source, { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
  const sources = files.filter((file) => /^[\w/-]+\.ts$/.test(file) && !/\.(test|deep|fixture)\./.test(file));
  const texts = new Map(
    sources.filter((file) => !SKIPPED_SOURCES.test(file)).map((file) => [join(source, file), mutated(file)]),
  );
  const tests = files.filter((file) => file.endsWith('.test.ts') && !SKIPPED_TESTS.test(file));
  const outfile = join(output, 'mutants.mjs');
  await build({
    stdin: {
      // The cheapest tests first, so that most mutants fall early.
      contents: `${[...tests]
        .sort((a, b) => rank(a) - rank(b))
        .map((file) => `import './${file}';`)
        .join('\n')}
import { runAll } from '@jest/globals';
const result = await runAll();
if (result.error) { console.log(result.title); process.exit(1); }
process.exit(result.count > 100 ? 0 : 1);`,
      resolveDir: source,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    packages: 'external',
    // Importing a test for its effect is not to be left out because the package has none.
    ignoreAnnotations: true,
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url); globalThis.__mutant = Number(process.env.MUTANT ?? -1);",
    },
    plugins: [
      {
        name: 'mutants',
        setup({ onLoad, onResolve }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (path.endsWith('.test.ts')) {
              const begin = `import { begin } from '@jest/globals'; begin('${basename(path)}');\n`;
              return { contents: begin + readFileSync(path, 'utf8'), loader: 'ts' };
            }
            const contents = texts.get(path);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          });
          onResolve({ filter: /^@jest\/globals$/ }, () => ({ path: 'shim', namespace: 'shim' }));
          onLoad({ filter: /.*/, namespace: 'shim' }, () => ({ contents: SHIM, resolveDir: root }));
        },
      },
    ],
    logLevel: 'error',
  });
  return outfile;
}

const rank = (file) => readFileSync(join(source, file), 'utf8').match(/fc\.assert/g)?.length ?? 0;

/** Runs the tests, those of the mutant's own file first. @returns {Promise<string | undefined>} what noticed it */
function run(outfile, { id, file = '' }, timeoutMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [outfile], {
      env: { ...process.env, MUTANT: String(id), MUTANT_FILE: basename(file), VISION_CACHE_PROPERTY_RUNS: '60' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    child.stdout.on('data', (chunk) => (printed += chunk));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      printed = 'time ran out';
    }, timeoutMs);
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve(status === 0 ? undefined : printed.trim() || 'it did not start');
    });
  });
}

const outfile = await bundle();
const started = performance.now();
const noticed = await run(outfile, { id: -1 }, 600_000);
if (noticed !== undefined) {
  console.error(`mutate: the tests fail without a mutant: ${noticed}`);
  process.exit(1);
}
const cleanMs = performance.now() - started;
const patience = Math.max(60_000, cleanMs * PATIENCE);
// The same sample on every run: every so many-th mutant.
const step = Math.max(1, mutants.length / sample);
const chosen = mutants
  .map((mutant, id) => ({ ...mutant, id }))
  .filter((_, id) => Math.floor(id / step) !== Math.floor((id - 1) / step));
console.log(
  `mutate: ${name}, ${chosen.length} of ${mutants.length} mutants, a clean run takes ${(cleanMs / 1000).toFixed(1)} s`,
);

const survivors = [];
const queue = [...chosen];
async function work() {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    if ((await run(outfile, mutant, patience)) === undefined) survivors.push(mutant);
  }
}
await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, work));

const short = (text) => (text.length > 70 ? `${text.slice(0, 67)}...` : text).replace(/\s+/g, ' ');
for (const { file, line, from, to } of survivors.sort((a, b) => a.id - b.id)) {
  console.log(`  survived  ${relative(root, join(source, file))}:${line}  ${short(from)}  →  ${short(to)}`);
}
const killed = chosen.length - survivors.length;
const score = (killed / chosen.length) * 100;
console.log(
  `mutate: ${name} ${score.toFixed(1)} % (${killed} of ${chosen.length} noticed, at least ${FLOOR} %) in ${((performance.now() - started) / 1000).toFixed(0)} s`,
);
writeFileSync(
  join(output, 'mutation.json'),
  JSON.stringify(
    { package: basename(join(source, '..')), score, killed, mutants: chosen.length, survivors },
    undefined,
    2,
  ),
);
process.exit(score >= FLOOR ? 0 : 1);
