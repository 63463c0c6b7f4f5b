// What the published packages export: their doors, the names of each with the file that declares them, and who uses a name.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';

/**
 * @typedef {{ name: string, from: string, isType: boolean }} Exported
 * @typedef {{ project: string, door: string, isMain: boolean, names: Exported[] }} Door
 */

/** The doors of every published package below `packages` and `apps`. @param {string} root @returns {Door[]} */
export function doorsOf(root) {
  const projects = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  return projects.flatMap((project) => {
    const manifest = join(root, project, 'package.json');
    if (!existsSync(manifest)) return [];
    const { name, exports = {}, private: isPrivate } = JSON.parse(readFileSync(manifest, 'utf8'));
    if (isPrivate) return [];
    return Object.entries(exports).flatMap(([subpath, targets]) => {
      const source = targets['@vision-cache/source'];
      if (!source) return [];
      const file = join(root, project, source);
      const names = exportsOf(relative(root, file), readFileSync(file, 'utf8'));
      return [{ project, door: name + subpath.slice(1), isMain: subpath === '.', names }];
    });
  });
}

/**
 * The names that a file exports, each with the file that it is from; `export *` counts as nothing, for doors have none.
 *
 * @param {string} file @param {string} text @returns {Exported[]}
 */
export function exportsOf(file, text) {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const isExported = (node) =>
    ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return tree.statements.flatMap((node) => {
    if (ts.isExportDeclaration(node) && node.exportClause && ts.isNamedExports(node.exportClause)) {
      const from = node.moduleSpecifier ? join(dirname(file), node.moduleSpecifier.text) : file;
      return node.exportClause.elements.map((each) => ({
        name: each.name.text,
        from,
        isType: node.isTypeOnly || each.isTypeOnly,
      }));
    }
    if (!isExported(node)) return [];
    const isType = ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
    if (!ts.isVariableStatement(node)) return node.name ? [{ name: node.name.text, from: file, isType }] : [];
    return node.declarationList.declarations.map(({ name }) => ({ name: name.getText(), from: file, isType: false }));
  });
}

/**
 * Names that nothing shows or uses: no other project, README, guide or example, and no signature of their own package.
 *
 * @param {Door} door @param {Map<string, string>} texts of files by path @param {Map<string, string>} signatures by name
 * @returns {string[]}
 */
export function unusedNames({ project, names }, texts, signatures) {
  const others = [...texts].filter(([file]) => !file.startsWith(`${project}/src/`)).map(([, text]) => text);
  return names.flatMap(({ name }) => {
    const named = new RegExp(`\\b${name}\\b`);
    if (others.some((text) => named.test(text))) return [];
    const isPart = [...signatures].some(([of, text]) => of !== name && named.test(text));
    return isPart ? [] : [name];
  });
}

/** Classes whose base a reader of the types cannot import. @param {Door} door @param {Map<string, string>} signatures */
export function hiddenBases({ names }, signatures) {
  return names.flatMap(({ name }) => {
    const [, base] = /^export (?:abstract )?class [^{]*? extends (\w+)/m.exec(signatures.get(name) ?? '') ?? [];
    if (base === undefined || base in globalThis || names.some((each) => each.name === base)) return [];
    return [`${name} extends ${base}`];
  });
}

/**
 * What each exported name of a package states, without the bodies of functions: its types are what its readers need.
 *
 * @param {readonly Door[]} doors of one package @param {(file: string) => string} read
 * @returns {Map<string, string>} by name
 */
export function signaturesOf(doors, read) {
  const signatures = new Map();
  for (const { name, from } of doors.flatMap(({ names }) => names)) {
    const tree = ts.createSourceFile(from, read(from), ts.ScriptTarget.Latest, true);
    const stated = tree.statements.filter((node) => namesIn(node).includes(name)).map(withoutBodies);
    signatures.set(name, stated.join('\n'));
  }
  return signatures;
}

const namesIn = (node) =>
  ts.isVariableStatement(node)
    ? node.declarationList.declarations.map(({ name }) => name.getText())
    : [node.name?.getText()];

/** The text of a declaration with `{}` for each body. A hidden member says nothing to a reader either. */
function withoutBodies(declaration) {
  const text = declaration.getText();
  const start = declaration.getStart();
  const cuts = [];
  const visit = (node) => {
    const isHidden = node.name !== undefined && ts.isPrivateIdentifier(node.name);
    const cut = isHidden ? node : ts.isFunctionLike(node) ? node.body : undefined;
    if (cut) cuts.push([cut.getStart() - start, cut.getEnd() - start]);
    else ts.forEachChild(node, visit);
    if (cut && !isHidden) for (const part of [...node.parameters, node.type]) if (part) ts.forEachChild(part, visit);
  };
  visit(declaration);
  return cuts.reverse().reduce((kept, [from, to]) => `${kept.slice(0, from)}{}${kept.slice(to)}`, text);
}
