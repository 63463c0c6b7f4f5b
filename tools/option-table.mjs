// Writes docs/options.md: every option of every entry point with its type, its default and its meaning, from the sources,
// or with `--check` says whether it is up to date. An option without a sentence is a problem: readers would have to guess.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/options.md');

const MANAGER = 'packages/data-source-manager/src/data-source-manager.ts';
const QUERY = 'packages/data-source-manager/src/query/query.ts';
const STORE = 'packages/arrow-store/src/index.ts';
const BUCKET = 'packages/arrow-store/src/s3.ts';
const ARCHIVE = 'packages/vision-client/src/index.ts';
const REST = 'packages/vision-client/src/rest/index.ts';

/** The last parameter of a method is its options; a name alone is a type. `prefix` stands before the names. */
const SECTIONS = [
  { title: '`getKlines`, `get`', of: [MANAGER, 'DataSourceManager.get'], also: 'DataSourceManager.getKlines' },
  { title: '`segments`', of: [MANAGER, 'DataSourceManager.segments'] },
  { title: '`getMany`', of: [MANAGER, 'DataSourceManager.getMany'] },
  { title: '`plan`', of: [MANAGER, 'DataSourceManager.plan'] },
  {
    title: 'The query',
    of: [QUERY, 'OpenQuery'],
    words:
      'What is asked for: the first argument of all of them. `getKlines` has no `exchange` and no `dataNature`. With literal values the compiler refuses what is not published.',
  },
  { title: '`new DataSourceManager`', of: [MANAGER, 'DataSourceManagerOptions'] },
  { title: '`new UnifiedCacheManager`', of: [STORE, 'UnifiedCacheManagerOptions'] },
  {
    title: '`new BucketCacheManager`',
    of: [BUCKET, 'BucketCacheManagerOptions'],
    words: 'From `@vision-cache/arrow-store/s3`: [a cache on a bucket](bucket.md).',
  },
  { title: '`s3Objects`', of: [BUCKET, 'S3Options'], words: 'Where a bucket is, and the way to it.' },
  {
    title: '`new VisionDataClient`',
    of: [ARCHIVE, 'VisionDataClientOptions'],
    words: 'Where the archive is, and the way to it.',
  },
  {
    title: '`new BinanceRestClient`',
    of: [REST, 'RestOptions'],
    words: 'From `@vision-cache/vision-client/rest`.',
  },
  { title: '`retry`', of: [ARCHIVE, 'RetryOptions'], words: 'Of every client.', prefix: 'retry.' },
  { title: '`timeouts`', of: [ARCHIVE, 'TimeoutOptions'], words: 'Of every client.', prefix: 'timeouts.' },
];

const { options } = ts.convertCompilerOptionsFromJson(
  {
    ...ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config.compilerOptions,
    composite: false,
    noEmit: true,
    lib: ['ES2022', 'DOM'],
    types: ['node'],
  },
  root,
);
const program = ts.createProgram([...new Set(SECTIONS.map(({ of: [path] }) => join(root, path)))], options);
const checker = program.getTypeChecker();
const problems = [];

/** The type that a section is about. */
function typeOf(path, name) {
  const source = program.getSourceFile(join(root, path)) ?? fail(`${path} is not there`);
  const [outer, method] = name.split('.');
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  const found = exported.find((each) => each.name === outer) ?? fail(`${path} exports no ${outer}`);
  const symbol = found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
  const type = checker.getDeclaredTypeOfSymbol(symbol);
  if (method === undefined) return type;
  const member = checker.getPropertyOfType(type, method) ?? fail(`${outer} has no ${method}`);
  const parameter = member.declarations.at(-1).parameters.at(-1);
  return checker.getNonNullableType(checker.getTypeAtLocation(parameter));
}

function fail(message) {
  throw new Error(message);
}

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
/** In a cell, a bar would end it. */
const cell = (text) => oneLine(text).replaceAll('|', '\\|');

/** A union of literals says more than its name. */
function typeText(declaration) {
  const type = checker.getNonNullableType(checker.getTypeAtLocation(declaration));
  if (type.isUnion() && type.types.every((each) => each.isStringLiteral()))
    return type.types.map(({ value }) => `'${value}'`).join(' | ');
  const text = oneLine(declaration.type?.getText() ?? 'unknown');
  return text.replace(/ \| undefined$/, '').replace(/^\((.*)\)$/, '$1');
}

/** A value as code, words as they are. */
function defaultText(text) {
  return /^(\d[\d_]*|'[^']*'|true|false|\[.*\]|[A-Z_]{4,}|\w+\.\w+)$/.test(text) ? `\`${text}\`` : text;
}

function rowOf(symbol, title, prefix) {
  const declaration = symbol.declarations[0];
  const documented = oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker)));
  const words = documented.replace(/\{@link (?:[\w.]+\s*\|\s*)?([^}]+)\}/g, '`$1`');
  const [tag] = symbol.getJsDocTags(checker).filter(({ name }) => name === 'default');
  const byDefault = tag === undefined ? '' : oneLine(ts.displayPartsToString(tag.text));
  const isOptional = (symbol.flags & ts.SymbolFlags.Optional) !== 0;
  if (words === '') problems.push(`${title}: ${symbol.name} has no sentence that says what it is for`);
  return `| \`${prefix}${symbol.name}\` | \`${cell(typeText(declaration))}\` | ${isOptional ? cell(defaultText(byDefault) || 'none') : '(needed)'} | ${cell(words)} |`;
}

function section({ title, of: [path, name], also, words = '', prefix = '' }) {
  const type = typeOf(path, name);
  if (also !== undefined && checker.typeToString(typeOf(path, also)) !== checker.typeToString(type))
    problems.push(`${title} do not take the same options any more`);
  const rows = checker.getPropertiesOfType(type).map((symbol) => rowOf(symbol, title, prefix));
  return {
    rows: rows.length,
    text: `## ${title}\n\n${words === '' ? '' : `${words}\n\n`}| option | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}`,
  };
}

const sections = SECTIONS.map(section);
const text = `<!-- Written by tools/option-table.mjs from the sources. Do not edit. -->

# Options

Every option of every entry point. All are optional but for those that say so; an unknown name or a value that makes no
sense is refused with \`E_OPTION\`. Names of types are in the [API](api.md). \`audit\`, \`reconcile\` and \`verifyAcross\` take
\`{ signal }\`.

${sections.map((each) => each.text).join('\n\n')}
`;
const configuration = await prettier.resolveConfig(file);
const formatted = await prettier.format(text, { ...configuration, filepath: file });
const count = sections.reduce((sum, { rows }) => sum + rows, 0);
for (const problem of problems) console.error(`option-table: ${problem}`);
if (process.argv.includes('--check')) {
  const isCurrent = readFileSync(file, 'utf8') === formatted;
  console.log(
    `option-table: docs/options.md is ${isCurrent ? `up to date (${count} options)` : 'STALE: run node tools/option-table.mjs'}, ${problems.length} problems`,
  );
  process.exit(isCurrent && problems.length === 0 ? 0 : 1);
}
writeFileSync(file, formatted);
console.log(`option-table: wrote docs/options.md (${count} options), ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);
