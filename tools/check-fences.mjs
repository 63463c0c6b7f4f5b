// Shows that every fence bites: plants each forbidden edge in a scratch copy, one at a time, and sees the gate fail;
// the same copy without it passes.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
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
        messages
          .filter(({ severity }) => severity === 2)
          .map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`),
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

/** Inside a project: files below `src`, and what `local/rooms` says to the first of them. */
const ROOMS = [
  [
    'an import that goes up',
    {
      'spans/planted-up.ts': "export * from '../audit/planted-target.ts';\n",
      'audit/planted-target.ts': 'export const planted = 1;\n',
    },
    /imports go down only/,
  ],
  [
    'a type that is imported from above',
    {
      'spans/planted-type.ts':
        "import type { Planted } from '../audit/planted-shape.ts';\n\nexport type Again = Planted;\n",
      'audit/planted-shape.ts': 'export type Planted = number;\n',
    },
    /imports go down only/,
  ],
  [
    'two files that import each other',
    {
      'spans/planted-egg.ts':
        "import type { Hen } from './planted-hen.ts';\n\nexport interface Egg {\n  readonly hen?: Hen;\n}\n",
      'spans/planted-hen.ts':
        "import type { Egg } from './planted-egg.ts';\n\nexport interface Hen {\n  readonly egg?: Egg;\n}\n",
    },
    /circle: spans\/planted-egg\.ts, spans\/planted-hen\.ts/,
  ],
  [
    'async in a pure folder',
    { 'spans/planted-async.ts': 'export const planted = async (): Promise<number> => Promise.resolve(1);\n' },
    /"spans" is pure: async is not/,
  ],
  [
    'the clock in a pure folder',
    { 'spans/planted-clock.ts': 'export const planted = (): number => Date.now();\n' },
    /"spans" is pure: Date\.now\(\) is not/,
  ],
  [
    'a disk in a pure folder',
    { 'spans/planted-disk.ts': "import { readFileSync } from 'node:fs';\n\nexport const planted = readFileSync;\n" },
    /"spans" is pure: "node:fs" is not/,
  ],
  [
    'a function from a folder that is not pure',
    {
      'ledger/planted-impure.ts': "export { planted } from '../platform/planted-doing.ts';\n",
      'platform/planted-doing.ts': 'export const planted = (): number => 1;\n',
    },
    /"ledger" is pure: a function from "platform" is not/,
  ],
  [
    'a folder that is not listed',
    { 'homeless/planted.ts': 'export const planted = 1;\n' },
    /does not list the folder "homeless"/,
  ],
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

/** Like `plant`, with a name for each file below `src`. @param {Record<string, string>} sources */
async function plantSources(scratch, project, sources, proof) {
  const folders = [];
  try {
    for (const [file, code] of Object.entries(sources)) {
      folders.push(mkdirSync(dirname(join(scratch, project, 'src', file)), { recursive: true }));
      writeFileSync(join(scratch, project, 'src', file), code);
    }
    await proof(Object.keys(sources).map((file) => `src/${file}`));
  } finally {
    for (const file of Object.keys(sources)) rmSync(join(scratch, project, 'src', file), { force: true });
    for (const folder of folders) if (folder) rmSync(folder, { recursive: true, force: true });
  }
}

/** Changes the engine's rooms.json for the time of a proof. */
async function withRooms(scratch, change, proof) {
  const file = join(scratch, engine, 'rooms.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify(change(JSON.parse(text))));
  try {
    await proof();
  } finally {
    writeFileSync(file, text);
  }
}

async function refusedByRooms(scratch, expected) {
  const { status, errors } = await run([join(root, 'tools/check-rooms.mjs')], scratch, environment(scratch));
  if (status === 0 || !expected.test(errors)) fail(`exit ${status}: ${errors}`);
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
      const rulesOf = (index) =>
        (findings.get(files[index]) ?? fail(`${files[index]} was not linted`)).map((found) => found.split(': ')[0]);
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
  (scratch) => {
    const planted = Object.assign({}, ...ROOMS.map(([, files]) => files), {
      'ledger/planted-down.ts': "export { planted } from '../spans/planted-low.ts';\n",
      'spans/planted-low.ts': 'export const planted = 1;\n',
    });
    return plantSources(scratch, engine, planted, async (files) => {
      const findings = await lint(scratch, engine, files);
      const said = (file) => findings.get(`src/${file}`) ?? fail(`${file} was not linted`);
      await claim('local/rooms passes an import that goes down', () => {
        if (said('ledger/planted-down.ts').length > 0) fail(said('ledger/planted-down.ts').join('; '));
      });
      for (const [name, [file]] of ROOMS.map(([name, sources]) => [name, Object.keys(sources)])) {
        const [, , expected] = ROOMS.find(([each]) => each === name);
        await claim(`local/rooms refuses ${name}`, () => {
          if (!said(file).some((found) => found.startsWith('local/rooms: ') && expected.test(found)))
            fail(said(file).join('; ') || 'nothing was found');
        });
      }
    });
  },
  (scratch) => {
    const crowd = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`spans/planted-${index}.ts`, BENIGN]));
    return plantSources(scratch, engine, crowd, () =>
      claim('check-rooms refuses a folder of more than 15 source files', () =>
        refusedByRooms(scratch, /source files in "spans", at most 15/),
      ),
    );
  },
  (scratch) =>
    withRooms(
      scratch,
      (rooms) => ({ ...rooms, notYet: { ...rooms.notYet, imports: ['contract -> faults'] } }),
      () =>
        claim('check-rooms refuses an entry of `notYet` that holds', () =>
          refusedByRooms(scratch, /"contract -> faults" holds now, take it out/),
        ),
    ),
  async (scratch) => {
    const git = (...args) => {
      const { status, stderr } = spawnSync(
        'git',
        ['-c', 'user.name=fences', '-c', 'user.email=fences@example.invalid', ...args],
        { cwd: scratch, encoding: 'utf8' },
      );
      if (status !== 0) fail(`git ${args.join(' ')}: ${stderr}`);
    };
    git('init', '--quiet');
    git('add', `${engine}/rooms.json`);
    git('commit', '--quiet', '--message', 'as it is');
    git('commit', '--quiet', '--allow-empty', '--message', 'a change');
    try {
      await withRooms(
        scratch,
        ({ notYet = {}, ...rooms }) => ({
          ...rooms,
          notYet: { ...notYet, imports: [...(notYet.imports ?? []), 'spans -> audit'] },
        }),
        () =>
          claim('check-rooms refuses a `notYet` that grows', () =>
            refusedByRooms(scratch, /notYet\.imports only shrinks, and "spans -> audit" is new/),
          ),
      );
    } finally {
      rmSync(join(scratch, '.git'), { recursive: true, force: true });
    }
  },
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
