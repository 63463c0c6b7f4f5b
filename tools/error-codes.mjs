// Writes docs/errors.md from the tables of error codes in the sources, or with `--check` says whether it is up to date.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/errors.md');
const FOLDERS = [
  'packages/cache-keys',
  'packages/arrow-store',
  'packages/vision-client',
  'packages/data-source-manager',
  'apps/migrator',
];

/** The interface of a package that is named `…ErrorDetails`, with the text of every type beside it. */
function tableOf(folder) {
  for (const entry of readdirSync(join(root, folder, 'src'), { recursive: true }).sort()) {
    const name = String(entry).replaceAll('\\', '/');
    if (!/error[^/]*\.ts$/.test(name) || /\.(test|deep|fixture)\.ts$/.test(name)) continue;
    const place = `${folder}/src/${name}`;
    const source = ts.createSourceFile(name, readFileSync(join(root, place), 'utf8'), ts.ScriptTarget.Latest, true);
    const table = source.statements.find(
      (each) => ts.isInterfaceDeclaration(each) && /ErrorDetails$/.test(each.name.text),
    );
    if (table) return { place, source, table };
  }
  throw new Error(`error-codes: ${folder} has no table of codes`);
}

const sentence = (node) =>
  ts
    .getJSDocCommentsAndTags(node)
    .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .replace(/\{@link ([^}]+)\}/g, '`$1`')
    .trim();

/** `url: string; reason: string`: members without `readonly`, and types by name as what they stand for. */
function shown(type, source) {
  if (type === undefined) return '';
  if (ts.isIntersectionTypeNode(type))
    return type.types
      .map((each) => shown(each, source))
      .filter(Boolean)
      .join('; ');
  if (ts.isTypeLiteralNode(type)) return membersOf(type.members);
  if (ts.isTypeReferenceNode(type)) {
    const known = source.statements.find(
      (each) => ts.isInterfaceDeclaration(each) && each.name.text === type.typeName.getText(),
    );
    if (known) return membersOf(known.members);
  }
  return type.getText();
}

function membersOf(members) {
  return members
    .map(
      (member) =>
        `${member.name.getText()}${member.questionToken ? '?' : ''}: ${member.type.getText().replaceAll('readonly ', '').replace(/\s+/g, ' ')}`,
    )
    .join('; ');
}

/** `E_HTTP_${number}` of an index signature is `E_HTTP_…`. */
const codeOf = (member) =>
  ts.isIndexSignatureDeclaration(member)
    ? member.parameters[0].type
        .getText()
        .replace(/`/g, '')
        .replace(/\$\{\w+\}/g, '…')
    : member.name.getText();

const cell = (text) => text.replaceAll('|', '\\|');
const sections = FOLDERS.filter((folder) => existsSync(join(root, folder, 'src'))).map((folder) => {
  const { place, source, table } = tableOf(folder);
  const rows = table.members.map((member) => {
    const details = shown(member.type, source);
    return `| \`${codeOf(member)}\` | ${cell(sentence(member))} | ${details === '' ? '' : `\`${cell(details)}\``} |`;
  });
  const name = table.name.text.replace('Details', '');
  return [
    `## \`${name}\``,
    '',
    `Thrown by [${folder}](../${folder}); the guard is \`is${name}\`. [Source](../${place})`,
    '',
    '| code | means | details |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
});

const text = `<!-- Written by tools/error-codes.mjs from the tables of codes in the sources. Do not edit. -->

# Errors

Each package throws one class of its own, with a stable \`code\`. Decide by the code, never by the message: the message
is for people and may change. \`details\` are typed by the code, \`cause\` is what was caught, and the guards work across
two copies of a package in one program ([why](decisions/0006-an-error-code-per-cause.md)). What a caller plans for, such
as a miss or a day that is not published, is a value and no error.

${sections.join('\n\n')}
`;
const formatted = await prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
const codes = sections.join('\n').match(/^\| `E_/gm)?.length ?? 0;
if (process.argv.includes('--check')) {
  const isCurrent = existsSync(file) && readFileSync(file, 'utf8') === formatted;
  console.log(
    `error-codes: docs/errors.md is ${isCurrent ? `up to date (${codes} codes)` : 'STALE: run node tools/error-codes.mjs'}`,
  );
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, formatted);
console.log(`error-codes: wrote docs/errors.md (${codes} codes)`);
