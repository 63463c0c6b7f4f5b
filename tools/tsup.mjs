// Every option of the bundler stands here and nowhere else, so that replacing it touches one file.
import { writeFile } from 'node:fs/promises';
import { defineConfig } from 'tsup';

const shared = {
  target: 'es2022',
  sourcemap: true,
  clean: true,
  treeshake: true,
  removeNodeProtocol: false,
  silent: true,
  // One copy of a class for all subpaths of a package, in CommonJS as well.
  splitting: true,
  tsconfig: 'tsconfig.build.json',
};

/** TypeScript 6 deprecates options that the declaration bundler sets by itself. */
const declarations = { compilerOptions: { ignoreDeprecations: '6.0' } };

/**
 * A publishable package: ES modules and CommonJS, with declarations for both. What package.json names under `imports`
 * (`#platform`) stays a reference, so that the consumer's conditions choose; `imports` says which source stands for it
 * in the declarations.
 *
 * @param {Record<string, string>} entry
 * @param {{ platform?: 'node' | 'neutral', shims?: boolean, external?: string[], imports?: Record<string, string> }} [options]
 */
export function libraryConfig(
  entry,
  { platform = 'node', shims = platform === 'node', external = [], imports = {} } = {},
) {
  const paths = Object.fromEntries(Object.entries(imports).map(([name, source]) => [name, [`./${source}`]]));
  return defineConfig({
    ...shared,
    entry,
    platform,
    shims,
    external: [/^#/, /^node:/, ...external],
    format: ['esm', 'cjs'],
    dts: { compilerOptions: { ...declarations.compilerOptions, paths } },
  });
}

/**
 * A program: ES modules only; `bundle` puts the dependencies in as well, because a bundled command starts three
 * times faster.
 *
 * @param {Record<string, string>} entry
 * @param {{ bundle: boolean, external?: (string | RegExp)[], extension?: '.js' | '.mjs' }} options
 */
export function appConfig(entry, { bundle, external = [], extension = '.js' }) {
  return defineConfig({
    ...shared,
    entry,
    platform: 'node',
    format: ['esm'],
    external,
    noExternal: bundle ? [/.*/] : [],
    dts: declarations,
    // Bundled CommonJS dependencies call require, which an ES module lacks. A piece without such a call drops it again,
    // and no piece is loaded whose names it does not use: each one costs a start half a millisecond and more.
    treeshake: bundle ? { moduleSideEffects: 'no-external' } : true,
    outExtension: () => ({ js: extension }),
    banner: bundle
      ? {
          js: "import { createRequire as __createRequire } from 'node:module'; const require = /* @__PURE__ */ __createRequire(import.meta.url);",
        }
      : {},
  });
}

/**
 * A command that starts at once: CommonJS in one piece, because the loader of ES modules takes a sixth of node's own start
 * and each further piece some more. What stands in `later` is an ES module beside it, built apart and loaded when it is asked
 * for.
 *
 * @param {Record<string, string>} entry
 * @param {{ later: string }} options
 */
export function commandConfig(entry, { later }) {
  return defineConfig({
    ...shared,
    entry,
    platform: 'node',
    format: ['cjs'],
    clean: false,
    treeshake: false,
    splitting: false,
    esbuildPlugins: [
      {
        name: 'later',
        setup({ onResolve }) {
          onResolve({ filter: new RegExp(`/${later}\\.ts$`) }, () => ({ path: `./${later}.mjs`, external: true }));
        },
      },
    ],
    outExtension: () => ({ js: '.js' }),
    onSuccess: () => writeFile('dist/package.json', '{ "type": "commonjs" }\n'),
  });
}
