// Mutation testing: `node tools/mutate.mjs cache-keys [--sample 100]`, or `apps/migrator --folders contract,ledger`. Each
// place of the project's logic is made wrong, one at a time, and the unit tests run until one fails. What no test notices is
// printed, and the score at the end. With folders, each is a sample and a score of its own, and the tests beside its files
// alone must notice: those that need no disk. `--tests decode,zip` adds the tests of other folders, and `--tests all` those of
// the whole project. A folder may also be a file, as in `steps/undo-steps.ts`.
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
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
const folders = flags.includes('--folders') ? flags[flags.indexOf('--folders') + 1].split(',') : [''];
const testFolders = flags.includes('--tests') ? flags[flags.indexOf('--tests') + 1].split(',') : [];
const project = join(root, name.includes('/') ? name : `packages/${name}`);
const source = join(project, 'src');
const output = join(project, 'test-output');
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
// Snapshots are jest's own: here they claim nothing.
const passes = () => ({ pass: true, message: () => '' });
expect.extend({ toMatchSnapshot: passes, toMatchInlineSnapshot: passes });
const tests = [];
let scope = { titles: [], before: [], after: [] };
let file;
export const begin = (name) => { file = name; scope = { titles: [], before: [], after: [] }; };
const told = (title) => (typeof title === 'string' ? title : title.name);
export const describe = (title, body) => {
  const outer = scope;
  scope = { titles: [...outer.titles, told(title)], before: [...outer.before], after: [...outer.after] };
  body();
  scope = outer;
};
const it = (title, body) => { const own = scope; tests.push({ file, scope: own, title: [...own.titles, told(title)].join(' '), body }); };
const inEach = (table, action) => {
  const isTable = table.every((row) => Array.isArray(row));
  for (const row of table) action(isTable ? row : [row]);
};
it.skip = () => {};
it.each = (table) => (title, body) => inEach(table, (row) => it(title, () => body(...row)));
describe.skip = () => {};
describe.each = (table) => (title, body) => inEach(table, (row) => describe(title, () => body(...row)));
describe.skip.each = () => () => {};
export { expect, it };
export const test = it;
// Made once, before the first test of its scope.
export const beforeAll = (action) => { let made; scope.before.push(() => (made ??= Promise.resolve(action()))); };
export const afterAll = () => {};
export const beforeEach = (action) => { scope.before.push(action); };
export const afterEach = (action) => { scope.after.push(action); };
export async function runAll() {
  const nearest = (process.env.MUTANT_FILE ?? '').replace('.ts', '.test.ts');
  const folder = nearest.slice(0, nearest.lastIndexOf('/') + 1);
  const rank = (each) => (each.file === nearest ? 0 : each.file.startsWith(folder) ? 1 : 2);
  for (const { title, body, scope } of [...tests].sort((a, b) => rank(a) - rank(b))) {
    try {
      for (const action of scope.before) await action();
      await body();
    } catch (error) { return { title, error }; }
    finally { for (const action of scope.after) await action(); }
  }
  return { count: tests.length };
}
`;

async function bundle() {
  const files = readdirSync(source, { recursive: true }).map((file) => String(file).replaceAll('\\', '/'));
  const sources = files.filter((file) => /^[\w/-]+\.ts$/.test(file) && !/\.(test|deep|fixture)\./.test(file));
  const wanted = sources.filter((file) => !SKIPPED_SOURCES.test(file) && folderOf(file) !== undefined);
  const texts = new Map(wanted.map((file) => [join(source, file), mutated(file)]));
  const counted = testFolders.includes('all') ? [''] : [...folders, ...testFolders];
  const isBeside = (file) => counted.some((folder) => file.startsWith(folder.replace(/[^/]*\.ts$/, '')));
  const tests = files.filter(
    (file) => file.endsWith('.test.ts') && !SKIPPED_TESTS.test(file) && isBeside(file) && !usesJest(file),
  );
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
process.exit(result.count > 0 ? 0 : 1);`,
      resolveDir: source,
      loader: 'ts',
    },
    outfile,
    bundle: true,
    platform: 'node',
    // Other packages of the repository as they are in their sources.
    conditions: ['@vision-cache/source'],
    // Importing a test for its effect is not to be left out because the package has none.
    ignoreAnnotations: true,
    format: 'esm',
    target: 'node20',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); globalThis.__mutant = Number(process.env.MUTANT ?? -1);",
    },
    plugins: [
      {
        name: 'mutants',
        setup({ onLoad, onResolve }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            if (path.endsWith('.test.ts')) {
              const begin = `import { begin as __begin } from '@jest/globals'; __begin('${relative(source, path).replaceAll('\\', '/')}');\n`;
              return { contents: begin + inPlace(readFileSync(path, 'utf8'), path), loader: 'ts' };
            }
            const contents = texts.get(path);
            return contents === undefined ? undefined : { contents: inPlace(contents, path), loader: 'ts' };
          });
          onResolve({ filter: /^@jest\/globals$/ }, () => ({ path: 'shim', namespace: 'shim' }));
          onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            kind === 'entry-point' || /^(#|@vision-cache\/)/.test(path) ? undefined : { external: true },
          );
          onLoad({ filter: /.*/, namespace: 'shim' }, () => ({ contents: SHIM, resolveDir: root }));
        },
      },
    ],
    logLevel: 'error',
  });
  return outfile;
}

/** The folder, of those that were asked for, that a file belongs to. */
const folderOf = (file) => folders.find((folder) => folder === '' || file === folder || file.startsWith(`${folder}/`));

/** In the bundle every module has the bundle's address; fixtures lie beside the module itself. */
const inPlace = (text, path) => text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));

/** Spies and fake timers are not in the shim. */
const usesJest = (file) => /import \{[^}]*\bjest\b[^}]*\} from '@jest/.test(readFileSync(join(source, file), 'utf8'));

const rank = (file) => readFileSync(join(source, file), 'utf8').match(/fc\.assert/g)?.length ?? 0;

/** Runs the tests, those of the mutant's own file first. @returns {Promise<string | undefined>} what noticed it */
function run(outfile, { id, file = '' }, timeoutMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [outfile], {
      env: { ...process.env, MUTANT: String(id), MUTANT_FILE: file, VISION_CACHE_PROPERTY_RUNS: '60' },
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
// The same sample on every run: every so many-th mutant of each folder.
const chosen = folders.flatMap((folder) => {
  const own = mutants.map((mutant, id) => ({ ...mutant, id, folder })).filter(({ file }) => folderOf(file) === folder);
  const step = Math.max(1, own.length / sample);
  return own.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
});
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
const seconds = ((performance.now() - started) / 1000).toFixed(0);
const scores = folders.map((folder) => {
  const of = (list) => list.filter((each) => each.folder === folder);
  const [all, missed] = [of(chosen), of(survivors)];
  const [killed, title] = [all.length - missed.length, `${name}${folder && `/${folder}`}`];
  const score = (killed / all.length) * 100;
  console.log(
    `mutate: ${title} ${score.toFixed(1)} % (${killed} of ${all.length} noticed, at least ${FLOOR} %) in ${seconds} s`,
  );
  return { package: title, score, killed, mutants: all.length, survivors: missed };
});
writeFileSync(join(output, 'mutation.json'), JSON.stringify(folders.length === 1 ? scores[0] : scores, undefined, 2));
process.exit(scores.every(({ score }) => score >= FLOOR) ? 0 : 1);
