// Shows that every fence bites: plants each forbidden edge in a scratch copy, one at a time, and sees the gate fail;
// the same copy without it passes.
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claims } from './claims.mjs';
import { removeScratch, scratchCopy } from './scratch-copy.mjs';

const root = realpathSync(fileURLToPath(new URL('..', import.meta.url)));
const require = createRequire(import.meta.url);
const eslintBin = join(dirname(require.resolve('eslint/package.json')), 'bin/eslint.js');
const nxBin = require.resolve('nx/bin/nx.js');

const environment = (scratch, more = {}) => {
  const env = {
    ...process.env,
    NX_TUI: 'false',
    NX_DAEMON: 'false',
    FORCE_COLOR: '0',
    NX_WORKSPACE_ROOT_PATH: scratch,
    VISION_CACHE_CHECK_ROOT: scratch,
    ...more,
  };
  // Whoever started this check must not look like the one who starts the lint below.
  for (const name of Object.keys(env))
    if (name.startsWith('NX_TASK_') || name === 'NX_WORKSPACE_DATA_DIRECTORY') if (!(name in more)) delete env[name];
  return env;
};

const run = (command, cwd, env) =>
  new Promise((done) => {
    const child = spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('close', (status) => done({ status, output, errors }));
  });

/** Lints files as `nx lint` would, with a graph built from the copy as it is now. @returns findings per file name */
async function lint(scratch, project, files) {
  const command = [eslintBin, ...files, '--format', 'json'];
  const { output, errors } = await run(command, join(scratch, project), environment(scratch));
  try {
    return new Map(
      JSON.parse(output).map(({ filePath, messages }) => [
        relative(join(scratch, project), filePath),
        messages.filter(({ severity }) => severity === 2).map(({ ruleId, message }) => ruleId ?? message),
      ]),
    );
  } catch {
    throw new Error(`eslint gave no result:\n${output}${errors}`);
  }
}

const adapter = 'packages/arrow-store';
const other = 'packages/vision-client';
const engine = 'packages/data-source-manager';
const kernel = 'packages/cache-keys';

/** Each is one file of code; `import * as` needs no knowledge of what the target exports. */
const PLANTS = [
  [
    'adapter → adapter as a value',
    adapter,
    "import * as target from '@vision-cache/vision-client';\n\nexport const planted = target;\n",
  ],
  [
    'adapter → adapter as a type',
    adapter,
    "import type * as target from '@vision-cache/vision-client';\n\nexport type Planted = typeof target;\n",
  ],
  ['adapter → adapter as an import type', other, "export type Planted = typeof import('@vision-cache/arrow-store');\n"],
  [
    'adapter → adapter as a dynamic import',
    adapter,
    "export const planted = async (): Promise<unknown> => import('@vision-cache/vision-client');\n",
  ],
  ['adapter → adapter as a re-export', other, "export * from '@vision-cache/arrow-store';\n"],
  [
    'adapter → engine',
    other,
    "import * as target from '@vision-cache/data-source-manager';\n\nexport const planted = target;\n",
  ],
  [
    'engine → adapter as a value',
    engine,
    "import * as target from '@vision-cache/arrow-store';\n\nexport const planted = target;\n",
  ],
  [
    'engine → adapter as a type',
    engine,
    "import type * as target from '@vision-cache/vision-client';\n\nexport type Planted = typeof target;\n",
  ],
  [
    'kernel → a workspace package',
    kernel,
    "import * as target from '@vision-cache/arrow-store';\n\nexport const planted = target;\n",
  ],
  ['kernel → an npm package', kernel, "import { DateTime } from 'luxon';\n\nexport const planted = DateTime;\n"],
  ['kernel → a Node builtin', kernel, "import { join } from 'node:path';\n\nexport const planted = join;\n"],
  ['package → app', engine, "import * as target from '@vision-cache/migrator';\n\nexport const planted = target;\n"],
  ['app → app', 'apps/demo', "import * as target from '@vision-cache/migrator';\n\nexport const planted = target;\n"],
  ['a relative path into another package', adapter, "export * from '../../cache-keys/src/index.ts';\n"],
  [
    'a path into another package by URL',
    adapter,
    "export const planted = new URL('../../cache-keys/package.json', import.meta.url);\n",
  ],
  ['a deep import', adapter, "export * from '@vision-cache/cache-keys/src/index.ts';\n"],
  [
    'a package that the importer does not declare',
    adapter,
    "import { DateTime } from 'luxon';\n\nexport const planted = DateTime;\n",
  ],
];

const DATA_PATHS = [
  ['spelled', "export const planted = 'binance/spot/klines';\n"],
  ['spelled in a template', 'export const planted = (root: string): string => `${root}/spot/klines/daily`;\n'],
  [
    'a segment joined',
    "import { join } from 'node:path';\n\nexport const planted = (root: string): string => join(root, 'klines');\n",
  ],
  [
    'parts of a key joined',
    'export const planted = (key: { symbol: string; interval: string }): string => `${key.symbol}/${key.interval}`;\n',
  ],
  ['the ending of an entry', 'export const planted = (day: string): string => `${day}.arrow`;\n'],
];

const BENIGN = 'export const planted = 1;\n';
const DRAWN = "import * as target from '@vision-cache/cache-keys';\n\nexport const planted = target;\n";

const { claim, close } = claims('fences');
// Two copies, so that both cores work; a copy holds the plants of one scene at a time, each in a file of its own, and
// what is found is attributed to its file.
const copies = [scratchCopy(), scratchCopy()];

/** @param {string[]} codes @param {(files: string[]) => Promise<void>} proof */
async function plant(scratch, project, codes, proof) {
  const files = codes.map((_, index) => `src/planted-${index + 1}.ts`);
  codes.forEach((code, index) => writeFileSync(join(scratch, project, files[index]), code));
  try {
    await proof(files);
  } finally {
    for (const file of files) rmSync(join(scratch, project, file), { force: true });
  }
}

const fail = (message) => {
  throw new Error(message);
};

const lintScene = (project) => (scratch) => {
  const here = PLANTS.filter(([, where]) => where === project);
  const passing =
    project === kernel
      ? [['nothing planted', BENIGN]]
      : [
          ['nothing planted', BENIGN],
          ['a drawn edge, to cache-keys', DRAWN],
        ];
  return plant(
    scratch,
    project,
    [...passing.map(([, code]) => code), ...here.map(([, , code]) => code)],
    async (files) => {
      const findings = await lint(scratch, project, files);
      const rulesOf = (index) => findings.get(files[index]) ?? fail(`${files[index]} was not linted`);
      for (const [index, [name]] of passing.entries()) {
        await claim(`lint passes in ${project}: ${name}`, () => {
          if (rulesOf(index).length > 0) fail(rulesOf(index).join(', '));
        });
      }
      for (const [index, [name]] of here.entries()) {
        await claim(`lint fails in ${project}: ${name}`, () => {
          const bitten = new Set(rulesOf(passing.length + index).filter((rule) => FENCES.includes(rule)));
          const expected = UNSEEN_BY_NX.has(name) ? ['local/edges'] : FENCES;
          for (const fence of expected) if (!bitten.has(fence)) fail(`${fence} did not bite`);
          return [...bitten].join(', ');
        });
      }
    },
  );
};

const FENCES = ['@nx/enforce-module-boundaries', 'local/edges'];
/** Why there is a second fence: what the Nx rule does not look at. Everything else, both must see. */
const UNSEEN_BY_NX = new Set([
  'adapter → adapter as an import type',
  'kernel → a Node builtin',
  'a path into another package by URL',
]);

const scenes = [
  ...[adapter, other, engine, kernel, 'apps/demo'].map(lintScene),
  (scratch) =>
    // The smallest project, because the gate lints all of it.
    plant(scratch, 'tools/fixtures', [PLANTS.find(([name]) => name === 'package → app')[2]], () =>
      claim('the whole gate fails: nx run fixtures:lint', async () => {
        const command = [nxBin, 'run', 'fixtures:lint', '--skip-nx-cache', '--outputStyle=static'];
        const { status, output } = await run(command, scratch, environment(scratch));
        if (status === 0 || !output.includes('planted-1.ts')) fail(`exit ${status}: ${output}`);
      }),
    ),
  (scratch) =>
    plant(scratch, engine, [PLANTS.find(([name]) => name === 'engine → adapter as a value')[2]], () =>
      claim('check-graph fails on an edge that is not drawn', async () => {
        const { status, errors } = await run(
          [join(root, 'tools/check-graph.mjs'), scratch],
          scratch,
          environment(scratch),
        );
        if (status === 0 || !errors.includes('data-source-manager --> arrow-store')) fail(`exit ${status}: ${errors}`);
      }),
    ),
  (scratch) =>
    claim('a lint without a project graph fails', async () => {
      const empty = mkdtempSync(join(tmpdir(), 'check-fences-graph-'));
      const env = environment(scratch, { NX_TASK_TARGET_PROJECT: 'arrow-store', NX_WORKSPACE_DATA_DIRECTORY: empty });
      const { status } = await run([eslintBin, 'src/index.ts'], join(scratch, adapter), env);
      rmSync(empty, { recursive: true, force: true });
      if (status === 0) fail('eslint exited with 0');
    }),
  (scratch) =>
    plant(scratch, adapter, [BENIGN, ...DATA_PATHS.map(([, code]) => code)], async (files) => {
      const command = [join(root, 'tools/check-paths.mjs'), ...files.map((file) => join(adapter, file))];
      const { status, errors } = await run(command, scratch, environment(scratch));
      const found = (index) => errors.includes(`${join(adapter, files[index])}:`);
      await claim('check-paths passes where no data path is spelled', () => {
        if (found(0)) fail(errors);
      });
      for (const [index, [name]] of DATA_PATHS.entries()) {
        await claim(`check-paths fails: a data path outside the kernel, ${name}`, () => {
          if (status === 0 || !found(index + 1)) fail(`exit ${status}: ${errors}`);
        });
      }
    }),
];

try {
  await Promise.all(
    copies.map(async (scratch) => {
      for (let scene = scenes.shift(); scene; scene = scenes.shift()) await scene(scratch);
    }),
  );
} catch (error) {
  await claim('every scene ends', () => {
    throw error;
  });
} finally {
  copies.forEach(removeScratch);
}
process.exit(close(join(root, 'tools/test-output/fences.json')));
