// Writes docs/api.md: every public signature of every package, from the sources, or with `--check` says whether it is up
// to date. What stands in a package's index.ts (and in the entries of its other subpaths) is public, nothing else.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = join(root, 'docs/api.md');
/** Longer declarations of types are for the compiler; their sentence and their source are for readers. */
const LONGEST_TYPE = 900;

const ORDER = ['cache-keys', 'arrow-store', 'vision-client', 'data-source-manager'];
const packages = readdirSync(join(root, 'packages'))
  .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  .map((name) => ({ name, manifest: JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) }));

const entries = packages.flatMap(({ name, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([subpath, target]) => ({
      specifier: join(manifest.name, subpath),
      description: subpath === '.' ? manifest.description : undefined,
      readme: subpath === '.' ? `../packages/${name}/README.md` : undefined,
      source: join(root, 'packages', name, target['@vision-cache/source']),
    })),
);

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
const program = ts.createProgram(
  entries.map(({ source }) => source),
  options,
);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

/** The first sentences of a TSDoc comment, without its tags. */
function summary(symbol) {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const [first, ...drawn] = text.split(/\n\s*\n/);
  const sentences = first.replace(/\s*\n\s*/g, ' ').trim();
  return sentences.endsWith(':') && drawn.length > 0 ? `${sentences}\n\n${drawn[0]}` : sentences;
}

function thrown(declaration) {
  return ts
    .getJSDocTags(declaration)
    .filter((tag) => tag.tagName.text === 'throws')
    .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? '')
    .map((text) => text.replace(/\s*\n\s*/g, ' ').trim());
}

const isHidden = (member) =>
  (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
  (ts.canHaveModifiers(member) &&
    (ts.getModifiers(member) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.PrivateKeyword));

/** A member of a class with its first sentences above it. */
function documented(member, text) {
  const symbol = member.name && checker.getSymbolAtLocation(member.name);
  const words = symbol ? summary(symbol) : '';
  return words === '' ? text : `/** ${words.replaceAll('*/', '')} */\n${text}`;
}

/** Takes bodies and initial values away, which are no part of a signature. */
function signature(node) {
  const { factory } = ts;
  const source = node.getSourceFile();
  const print = (each) => printer.printNode(ts.EmitHint.Unspecified, each, source);
  const modifiersOf = (each) =>
    (ts.getModifiers(each) ?? []).filter(
      ({ kind }) =>
        kind !== ts.SyntaxKind.AsyncKeyword &&
        kind !== ts.SyntaxKind.ExportKeyword &&
        kind !== ts.SyntaxKind.OverrideKeyword,
    );
  const memberSignature = (member) => {
    if (ts.isConstructorDeclaration(member)) {
      return `constructor(${plain(member.parameters).map(print).join(', ')});`;
    }
    if (ts.isMethodDeclaration(member)) {
      const { name, questionToken, typeParameters, parameters, type } = member;
      const modifiers = modifiersOf(member);
      return print(
        factory.createMethodDeclaration(
          modifiers,
          undefined,
          name,
          questionToken,
          typeParameters,
          plain(parameters),
          type,
          undefined,
        ),
      );
    }
    if (ts.isGetAccessor(member)) return `get ${member.name.getText()}(): ${print(typeNode(member))};`;
    // A computed name is a marker for the package's own guard.
    if (!ts.isPropertyDeclaration(member) || ts.isComputedPropertyName(member.name)) return undefined;
    const { name, questionToken } = member;
    return print(
      factory.createPropertyDeclaration(modifiersOf(member), name, questionToken, typeNode(member), undefined),
    );
  };
  const plain = (parameters) =>
    parameters.map((parameter) =>
      factory.updateParameterDeclaration(
        parameter,
        undefined,
        parameter.dotDotDotToken,
        parameter.name,
        parameter.questionToken ??
          (parameter.initializer ? factory.createToken(ts.SyntaxKind.QuestionToken) : undefined),
        parameter.type,
        undefined,
      ),
    );
  const typeNode = (each) =>
    each.type ?? checker.typeToTypeNode(checker.getTypeAtLocation(each), each, ts.NodeBuilderFlags.NoTruncation);

  if (ts.isFunctionDeclaration(node)) {
    const shown = factory.createFunctionDeclaration(
      undefined,
      undefined,
      node.name,
      node.typeParameters,
      plain(node.parameters),
      node.type,
      undefined,
    );
    return print(shown);
  }
  if (ts.isVariableDeclaration(node)) {
    if (node.type) return `const ${node.name.getText()}: ${print(node.type)};`;
    const type = checker.typeToString(checker.getTypeAtLocation(node), node, ts.TypeFormatFlags.NoTruncation);
    return type.length > 300 ? `const ${node.name.getText()}: { … };` : `const ${node.name.getText()}: ${type};`;
  }
  if (ts.isClassDeclaration(node)) {
    const members = node.members.flatMap((member) => {
      const text = isHidden(member) ? undefined : memberSignature(member);
      return text === undefined ? [] : [documented(member, text)];
    });
    const heritage = (node.heritageClauses ?? []).map((clause) => ` ${clause.getText()}`).join('');
    const parameters = node.typeParameters ? `<${node.typeParameters.map(print).join(', ')}>` : '';
    return `class ${node.name.text}${parameters}${heritage} {\n${members.join('\n')}\n}`;
  }
  // As it stands, for the comments at its members say shapes, units and defaults.
  const text = node.getText().replace(/^export (declare )?/, '');
  return print(node).length > LONGEST_TYPE && !ts.isInterfaceDeclaration(node) ? undefined : text;
}

const KINDS = [
  ['Classes', (each) => ts.isClassDeclaration(each)],
  ['Functions', (each) => ts.isFunctionDeclaration(each) || isFunctionValue(each)],
  ['Values', (each) => ts.isVariableDeclaration(each)],
  ['Types', () => true],
];

function isFunctionValue(declaration) {
  return ts.isVariableDeclaration(declaration) && checker.getTypeAtLocation(declaration).getCallSignatures().length > 0;
}

function section({ specifier, description, readme, source }) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(source));
  const exported = (module ? checker.getExportsOfModule(module) : []).map((symbol) => {
    const aliased = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, symbol: aliased, declarations: aliased.declarations ?? [] };
  });
  const groups = KINDS.map(([title, is]) => {
    const members = exported.filter((each) => !each.taken && each.declarations.length > 0 && is(each.declarations[0]));
    for (const each of members) each.taken = true;
    return { title, members: members.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
  const parts = groups
    .filter(({ members }) => members.length > 0)
    .map(({ title, members }) => `### ${title} of \`${specifier}\`\n\n${members.map(entry).join('\n\n')}`);
  const intro = [description, readme && `[README](${readme})`].filter(Boolean).join(' ');
  return `## \`${specifier}\`\n\n${intro}\n\n${parts.join('\n\n')}`;
}

function entry({ name, symbol, declarations }) {
  const [first] = declarations;
  const overloads = declarations.filter((each) => ts.isFunctionDeclaration(each) && each.body === undefined);
  const shown = overloads.length > 0 ? overloads : [first];
  const texts = shown.map(signature);
  const place = `../${relative(root, first.getSourceFile().fileName)}`;
  const code = texts.some((text) => text === undefined)
    ? `A type for the compiler: see [its source](${place}).`
    : `\`\`\`ts ignore\n${texts.join('\n')}\n\`\`\``;
  const errors = thrown(first).map((text) => `Throws ${text}`);
  return [`#### \`${name}\``, summary(symbol), code, ...errors].filter((part) => part !== '').join('\n\n');
}

const text = `<!-- Written by tools/api-reference.mjs from the sources of the packages. Do not edit. -->

# API

Every public name of every package; what is not listed may change tomorrow. Words are explained in the
[glossary](glossary.md), error codes in [errors](errors.md).

${entries.map(({ specifier }) => `- [\`${specifier}\`](#${specifier.toLowerCase().replace(/[^\p{L}\p{N} -]/gu, '')})`).join('\n')}

${entries.map(section).join('\n\n')}
`.replace(/\{@link (?:[\w.]+\s*\|\s*)?([^}]+)\}/g, '`$1`');

const configuration = await prettier.resolveConfig(file);
const formatted = await prettier.format(text, { ...configuration, filepath: file });
const count = (formatted.match(/^#### /gm) ?? []).length;
if (process.argv.includes('--check')) {
  const isCurrent = readFileSync(file, 'utf8') === formatted;
  console.log(
    `api-reference: docs/api.md is ${isCurrent ? `up to date (${count} names)` : 'STALE: run node tools/api-reference.mjs'}`,
  );
  process.exit(isCurrent ? 0 : 1);
}
writeFileSync(file, formatted);
console.log(`api-reference: wrote docs/api.md (${count} names)`);
