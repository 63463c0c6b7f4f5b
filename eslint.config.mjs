import js from '@eslint/js';
import { createProjectGraphAsync, readCachedProjectGraph } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier/flat';
import node from 'eslint-plugin-n';
import ts from 'typescript-eslint';
import { existsSync, readFileSync } from 'node:fs';
import edges, { ALLOWED } from './tools/eslint/edges.mjs';
import kebabCase from './tools/eslint/kebab-case.mjs';
import rooms from './tools/eslint/rooms.mjs';

// Without a project graph the boundary rule passes everything and says nothing. Nx has just built the graph when it
// starts a lint; whoever starts eslint by hand gets a fresh one here; and without one there is no lint at all.
if (!process.env['NX_TASK_TARGET_PROJECT']) await createProjectGraphAsync({ exitOnError: false });
const graph = readCachedProjectGraph();
if (!graph.nodes['cache-keys']) throw new Error('Lint needs the project graph, and the graph has no "cache-keys"');

const manifest = existsSync('package.json') ? JSON.parse(readFileSync('package.json', 'utf8')) : {};
const isKernel = manifest.nx?.tags?.includes('type:kernel') === true;
const isPublished = manifest.private !== true;
const tests = ['**/*.test.ts', '**/*.deep.ts', '**/*.fixture.ts', '**/__fixtures__/**/*.ts', '**/test/**/*.ts'];

export default ts.config(
  { ignores: ['**/dist/**', '**/out-tsc/**', '**/test-output/**', '**/node_modules/**', '**/*.d.ts', '**/build/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: process.cwd() } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers, booleans and bigints in a message are what the message is for.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // noUncheckedIndexedAccess makes `array[i]!` the honest spelling inside a bounded loop over typed arrays.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // `this: void` promises that a method may be taken off its object.
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // `UtcDay | UtcMonth` tells its reader more than the template that both are.
      '@typescript-eslint/no-duplicate-type-constituents': 'off',
      // Types that are parsed from a query are written for their readers, also where a parameter occurs once.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {
    files: ['**/*.ts', '**/*.mjs'],
    ignores: ['**/*.config.mjs'],
    plugins: { '@nx': nx, n: node, local: { rules: { edges, 'kebab-case': kebabCase, rooms } } },
    rules: {
      'local/edges': 'error',
      'local/kebab-case': 'error',
      'local/rooms': 'error',
      '@nx/enforce-module-boundaries': [
        'error',
        {
          enforceBuildableLibDependency: false,
          banTransitiveDependencies: true,
          checkDynamicDependenciesExceptions: [],
          // `#platform` is resolved by the package's own imports, which stay inside it. The migrator is loaded when it is asked for,
          // but for its table of exit codes, which is all that this entry holds. (These are regular expressions.)
          allow: ['^#', '^@vision-cache/migrator/(exit-codes|units)$'],
          depConstraints: [
            ...Object.entries(ALLOWED).map(([type, targets]) => ({
              sourceTag: `type:${type}`,
              onlyDependOnLibsWithTags: targets.map((target) => `type:${target}`),
              ...(type === 'kernel' ? { bannedExternalImports: ['*'] } : {}),
            })),
            { sourceTag: 'platform:any', onlyDependOnLibsWithTags: ['platform:any'] },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        ...(isPublished
          ? [{ selector: 'ExportDefaultDeclaration', message: 'Named exports only: index.ts is the contract.' }]
          : []),
      ],
      eqeqeq: 'error',
      // Names from outside are searched for control characters on purpose.
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/src/**/*.ts'],
    ignores: [...tests, '**/src/web/**'],
    plugins: { n: node },
    rules: isKernel
      ? {}
      : {
          // The types are newer than the oldest Node that the packages promise.
          'n/no-unsupported-features/node-builtins': [
            'error',
            { version: isPublished ? '^20.15.0 || >=22.2.0' : '^20.19.0 || >=22.12.0', allowExperimental: true },
          ],
          'n/no-unsupported-features/es-builtins': ['error', { version: '^20.15.0 || >=22.2.0' }],
          'n/prefer-node-protocol': 'error',
        },
  },
  {
    files: ['**/src/**/*.ts'],
    // Bars of days and weeks of another zone need luxon; everything else is UTC, which the kernel does (decision 0010).
    ignores: [...tests, ...(manifest.nx?.name === 'data-source-manager' ? ['**/src/rows/resample.ts'] : [])],
    rules: {
      'no-restricted-imports': [
        'error',
        { name: 'luxon', message: 'Only data-source-manager/resample needs zones: use isoText, utcDay, spanOf.' },
      ],
    },
  },
  {
    files: ['**/src/**/*.ts'],
    ignores: tests,
    rules: isPublished ? { 'no-console': 'error' } : {},
  },
  {
    files: tests,
    plugins: { '@nx': nx },
    rules: {
      // A test may import the testing tools of the root; the edges between packages stay fenced by local/edges.
      '@nx/enforce-module-boundaries': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Claims about what must not compile and casts that forge bad input are what tests are for.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/ban-ts-comment': ['error', { minimumDescriptionLength: 4 }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'Buffer',
          'URL',
          'setTimeout',
          'clearTimeout',
          'fetch',
          'performance',
          'structuredClone',
          'TextDecoder',
          'TextEncoder',
          'AbortController',
          'AbortSignal',
          'setImmediate',
          'WebAssembly',
          'DataView',
          'TextDecoderStream',
          'URLSearchParams',
          'setInterval',
          'clearInterval',
          // What a bench runs inside a page.
          'document',
          'requestAnimationFrame',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' },
    },
  },
  prettier,
);
