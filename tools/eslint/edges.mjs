// The fence that does not depend on the project graph. @nx/enforce-module-boundaries sees static and dynamic imports
// of files that the graph knows; this rule sees every other spelling as well (`import('…')` as a type, `require`,
// `import.meta.resolve`, `new URL(…, import.meta.url)`, deep imports) and reads nothing but package.json files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspaceRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Which type of project may lean on which. Everything that is not listed is forbidden. */
export const ALLOWED = {
  kernel: [],
  adapter: ['kernel'],
  engine: ['kernel'],
  app: ['kernel', 'adapter', 'engine'],
  // The one program that is published, which has the apps as commands of its own.
  command: ['kernel', 'adapter', 'engine', 'app'],
  e2e: ['kernel', 'adapter', 'engine', 'app', 'command', 'tool'],
  example: ['kernel', 'adapter', 'engine'],
  tool: ['kernel', 'adapter', 'engine'],
};

const isTest = (file) => /\.(test|deep|fixture|bench)\.ts$|[/\\](__fixtures__|test)[/\\]/.test(file);

/** @returns {{ root: string, manifest: any, type: string | undefined } | undefined} the project a file belongs to */
const homes = new Map();
function homeOf(folder) {
  if (homes.has(folder)) return homes.get(folder);
  let home;
  const manifestPath = join(folder, 'package.json');
  if (existsSync(manifestPath)) {
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
    home = { root: folder, manifest, type: typeOf(manifest) };
  } else {
    const parent = dirname(folder);
    home = parent === folder ? undefined : homeOf(parent);
  }
  homes.set(folder, home);
  return home;
}

function typeOf(manifest) {
  return manifest.nx?.tags?.find((tag) => tag.startsWith('type:'))?.slice('type:'.length);
}

let packages;
function workspacePackages() {
  if (packages) return packages;
  packages = new Map();
  const folders = ['packages', 'apps', 'e2e', 'tools'].flatMap((parent) =>
    existsSync(join(workspaceRoot, parent))
      ? readdirSync(join(workspaceRoot, parent), { withFileTypes: true })
          .filter((entry) => entry.isDirectory())
          .map((entry) => join(workspaceRoot, parent, entry.name))
      : [],
  );
  for (const folder of [...folders, join(workspaceRoot, 'examples')]) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    packages.set(manifest.name, { manifest, type: typeOf(manifest) });
  }
  return packages;
}

const packageName = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** @returns {string | undefined} why `file` must not refer to `specifier` */
function forbiddenReason(file, specifier) {
  const home = homeOf(dirname(file));
  if (!home?.type) return undefined;
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('file:')) {
    const target = specifier.startsWith('file:') ? fileURLToPath(specifier) : resolve(dirname(file), specifier);
    const inside = relative(home.root, target);
    if (inside === '..' || inside.startsWith(`..${sep}`)) {
      return `"${specifier}" leaves ${home.manifest.name}: import the other package by its name, if the drawing allows it`;
    }
    return undefined;
  }
  if (specifier.startsWith('#')) return undefined;
  const name = packageName(specifier);
  const { manifest } = home;
  if (name === manifest.name) return undefined;
  const test = isTest(file);
  const target = workspacePackages().get(name);
  if (target) {
    if (!ALLOWED[home.type]?.includes(target.type)) {
      return `${manifest.name} (${home.type}) must not lean on ${name} (${target.type})`;
    }
    const subpath = `.${specifier.slice(name.length)}`;
    if (!(subpath in (target.manifest.exports ?? {}))) return `${name} does not export "${subpath}"`;
  }
  if (home.type === 'kernel' && !test) return `the kernel leans on nothing, not even "${specifier}"`;
  if (isBuiltin(specifier)) {
    return specifier.startsWith('node:') ? undefined : `write "node:${specifier}"`;
  }
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies };
  if (name in declared || (`@types/${name}` in declared && name !== 'node')) return undefined;
  // A program that bundles its dependencies, or is not published, has them as development dependencies.
  const inTests = test || ['e2e', 'example', 'tool', 'app', 'command'].includes(home.type);
  if (inTests && (name in (manifest.devDependencies ?? {}) || (!target && name in rootDevDependencies())))
    return undefined;
  return `"${name}" is not declared in the package.json of ${manifest.name}`;
}

let rootDev;
function rootDevDependencies() {
  rootDev ??= JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')).devDependencies;
  return rootDev;
}

/** @type {import('eslint').Rule.RuleModule} */
const edges = {
  meta: {
    type: 'problem',
    docs: { description: 'Keep every reference to another module on an edge that the architecture draws' },
    schema: [],
    messages: { forbidden: '{{ reason }}' },
  },
  create(context) {
    const check = (node, specifier) => {
      if (typeof specifier !== 'string') return;
      const reason = forbiddenReason(context.filename, specifier);
      if (reason) context.report({ node, messageId: 'forbidden', data: { reason } });
    };
    const text = (node) => {
      if (node?.type === 'Literal') return node.value;
      if (node?.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0].value.cooked;
      return undefined;
    };
    const isImportMeta = (node, property) =>
      node?.type === 'MemberExpression' && node.object.type === 'MetaProperty' && node.property.name === property;
    return {
      ImportDeclaration: (node) => check(node.source, node.source.value),
      ExportAllDeclaration: (node) => check(node.source, node.source.value),
      ExportNamedDeclaration: (node) => node.source && check(node.source, node.source.value),
      ImportExpression: (node) => check(node.source, text(node.source)),
      TSImportType: (node) => check(node, text(node.source ?? node.argument?.literal)),
      TSExternalModuleReference: (node) => check(node, text(node.expression)),
      CallExpression(node) {
        const { callee } = node;
        const isRequire =
          (callee.type === 'Identifier' && callee.name === 'require') ||
          (callee.type === 'MemberExpression' &&
            callee.object.type === 'Identifier' &&
            callee.object.name === 'require' &&
            callee.property.name === 'resolve') ||
          isImportMeta(callee, 'resolve');
        if (isRequire) check(node, text(node.arguments[0]));
      },
      NewExpression(node) {
        if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL') return;
        if (!isImportMeta(node.arguments[1], 'url')) return;
        const target = text(node.arguments[0]);
        // Tests and programs of the workspace may look at files around them; what is published may not.
        const home = homeOf(dirname(context.filename));
        if (typeof target === 'string' && home?.manifest.private !== true && !isTest(context.filename)) {
          check(node, target.startsWith('.') ? target : `./${target}`);
        }
      },
    };
  },
};

export default edges;
