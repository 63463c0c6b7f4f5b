// What a reader copies out of a document runs as it stands: every block fenced as `ts`, one after the other, each in a
// folder of its own, from the sources. Binance's hosts are answered by the synthetic archive; nothing leaves the machine.
// A comment behind an expression is a claim on its value: `cachePath(key); // binance/um/…`. What a block only declares
// (`declare const manager: …`) is what an earlier block of the document made.
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { moduleName } from './markdown.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const parse = ({ lines }) => ts.createSourceFile('block.ts', lines.join('\n'), ts.ScriptTarget.Latest, true);

/** The names of a block's own constants, or of those that it only declares. */
const constants = (block, isDeclared) =>
  parse(block)
    .statements.filter((each) => ts.isVariableStatement(each) && /^declare /.test(each.getText()) === isDeclared)
    .flatMap(({ declarationList }) => declarationList.declarations)
    .flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));

/** The text of a block, with what its comments claim of values as checks. */
function checked(block, declared) {
  const { file, line } = block;
  const source = parse(block);
  let text = '';
  let at = 0;
  for (const statement of source.statements) {
    const [comment] = ts.getTrailingCommentRanges(source.text, statement.getEnd()) ?? [];
    if (!ts.isExpressionStatement(statement) || !comment) continue;
    const isPrinted = /^console\./.test(statement.getText());
    const isAssigned = ts.isBinaryExpression(statement.expression) || ts.isAwaitExpression(statement.expression);
    if (isPrinted || isAssigned) continue;
    const claim = source.text.slice(comment.pos, comment.end).replace(/^\/\/\s*/, '');
    // Lists and objects are shown as a sketch.
    if (/^[[{]/.test(claim)) continue;
    const place = `${file}:${line + 1 + source.getLineAndCharacterOfPosition(statement.getStart()).line}`;
    text += `${source.text.slice(at, statement.getStart())}__holds(${JSON.stringify(place)}, ${JSON.stringify(claim)}, ${statement.expression.getText()});`;
    at = statement.getEnd();
  }
  const handed = constants(block, false).filter((name) => declared.has(name));
  return `${text}${source.text.slice(at)}\nexport {};\nObject.assign(globalThis, { ${handed.join(', ')} });\n`;
}

/** Answers for Binance, and looks at what the blocks claim. */
const HARNESS = `
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { cacheKey, cachePath, legacyCachePath, visionFileStem, visionObjectKey } from '@vision-cache/cache-keys';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';

const archive = createSyntheticArchive();
const server = await startArchiveServer(archive);
const hosts = {
  'https://data.binance.vision': server.baseUrl,
  'https://s3-ap-northeast-1.amazonaws.com/data.binance.vision': server.listingUrl,
  'https://api.binance.com': server.restUrls.spot,
  'https://data-api.binance.vision': server.restUrls.spot,
  'https://fapi.binance.com': server.restUrls.um,
  'https://dapi.binance.com': server.restUrls.cm,
};
const loopback = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = String(input);
  if (url.startsWith('http://127.0.0.1')) return loopback(input, init);
  const host = Object.keys(hosts).find((each) => url.startsWith(each + '/') || url.startsWith(each + '?'));
  if (host === undefined) return Promise.reject(new Error('not to be asked by a document: ' + url));
  // As an answer of its own: one that tells another address was redirected.
  return loopback(hosts[host] + url.slice(host.length), init).then(
    ({ body, status, headers }) => new Response([204, 304].includes(status) ? null : body, { status, headers }),
  );
};

const failures = [];
globalThis.__holds = (place, claim, value) => {
  const shown = value?.constructor?.name?.endsWith('Array') ? value.constructor.name + '(' + value.length + ')' : value;
  if (typeof shown === 'string' ? agrees(claim, shown) : !/^\\w+(\\(\\d+\\))?$/.test(claim) && value !== undefined) return value;
  failures.push(place + ' says ' + claim + ', and it is ' + String(shown));
  return value;
};
/** The claim's beginning is the value; words may follow it, and … stands for its rest. */
const agrees = (claim, shown) => {
  const [first] = claim.split(/, | \\(/);
  const [start] = first.split('…');
  return first.includes('…') ? shown.startsWith(start) : shown === first || shown.startsWith(first + '(');
};

/** What documents read and do not make: a month's archive, and an old cache of one file. */
const KEY = cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-01-15' });
await new UnifiedCacheManager({ root: 'made' }).save(KEY, archive.rows(KEY), { source: 'vision', asOf: '2024-02-01' });
cpSync('made/' + cachePath(KEY), 'given/old/' + legacyCachePath(KEY));
const OF_MONTH = cacheKey({ symbol: 'BTCUSDT', dataNature: 'aggTrades', packagingFrequency: 'monthly', date: '2024-01' });
const MONTH = visionFileStem(OF_MONTH) + '.zip';
writeFileSync('given/' + MONTH, archive.object(visionObjectKey(OF_MONTH)).body);

const top = process.cwd();
console.log = console.info = () => {};
for (const [place, file] of JSON.parse(process.argv[2])) {
  const folder = mkdtempSync(top + '/run-');
  process.chdir(folder);
  cpSync(top + '/given', '.', { recursive: true });
  const before = failures.length;
  const started = performance.now();
  try {
    await import(file);
  } catch (error) {
    failures.push(place + ' ' + (error?.stack ?? error));
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write((failures.length > before ? 'failed' : 'ran') + ' ' + place + ' (' + seconds + ' s)\\n');
}
for (const failure of failures) process.stderr.write(failure + '\\n');
process.exit(failures.length > 0 ? 1 : 0);
`;

/** @param {{ file: string, line: number, lines: string[] }[]} blocks @returns {Promise<{ lines: string[], problems: string[] }>} */
export async function runBlocks(blocks) {
  const work = realpathSync(mkdtempSync(join(tmpdir(), 'run-documents-')));
  try {
    const names = blocks.map((_, index) => `block-${index}`);
    const declaredIn = (document) =>
      new Set(blocks.filter(({ file }) => file === document).flatMap((block) => constants(block, true)));
    const textOf = (block) => checked(block, declaredIn(block.file));
    await build({
      entryPoints: Object.fromEntries(['harness', ...names].map((name) => [name, `${name}?`])),
      // Beside the installed packages, because those that are not bundled are found from there.
      outdir: join(root, 'tools/test-output/documents'),
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['@vision-cache/source'],
      external: ['apache-arrow', 'luxon', 'msw', '@opentelemetry/api'],
      logLevel: 'error',
      plugins: [
        {
          name: 'blocks',
          setup({ onLoad, onResolve }) {
            onResolve({ filter: /\?$/ }, ({ path }) => ({ path: path.slice(0, -1), namespace: 'block' }));
            // What a block calls itself in its first line, others import.
            onResolve({ filter: /^\.\/[\w-]+\.mjs$/ }, ({ path, namespace }) => {
              const at = blocks.findIndex((block) => path === `./${moduleName(block)}.mjs`);
              return namespace === 'block' && at >= 0 ? { path: names[at], namespace } : undefined;
            });
            onLoad({ filter: /.*/, namespace: 'block' }, ({ path }) => ({
              contents: path === 'harness' ? HARNESS : textOf(blocks[names.indexOf(path)]),
              loader: 'ts',
              resolveDir: join(root, 'examples'),
            }));
          },
        },
      ],
    });
    const out = join(root, 'tools/test-output/documents');
    const files = blocks.map(({ file, line }, index) => [`${file}:${line}`, join(out, `${names[index]}.mjs`)]);
    return await new Promise((resolve) => {
      const child = spawn(process.execPath, [join(out, 'harness.mjs'), JSON.stringify(files)], { cwd: work });
      let lines = '';
      let problems = '';
      child.stdout.on('data', (chunk) => (lines += chunk));
      child.stderr.on('data', (chunk) => (problems += chunk));
      const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
      child.on('close', (status) => {
        clearTimeout(timer);
        if (status !== 0 && problems === '') problems = `the blocks did not end: ${lines}`;
        resolve({
          lines: lines.trimEnd().split('\n'),
          problems: status === 0 ? [] : problems.trimEnd().split('\n'),
        });
      });
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
