// Shows that every fence bites: plants each forbidden edge in a scratch copy, one at a time, and sees the gate fail;
// the same copy without it passes.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claims } from './claims.mjs';
import {
  environment,
  eslintBin,
  fail,
  lint,
  plant,
  plantSources,
  refusedByRooms,
  root,
  run,
  withRooms,
} from './fences/in-a-copy.mjs';
import { adapter, BENIGN, DATA_PATHS, DRAWN, engine, FENCES, kernel, other, PLANTS, ROOMS, UNSEEN_BY_NX } from './fences/plants.mjs'; // prettier-ignore
import { removeScratch, scratchCopy } from './scratch-copy.mjs';

const nxBin = createRequire(import.meta.url).resolve('nx/bin/nx.js');

const { claim, close } = claims('fences');
// Two copies, so that both cores work; a copy holds the plants of one scene at a time, each in a file of its own, and
// what is found is attributed to its file.
const copies = [scratchCopy(), scratchCopy()];

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
    plant(
      scratch,
      engine,
      ["import { DateTime } from 'luxon';\n\nexport const planted = DateTime;\n", BENIGN],
      (files) =>
        claim('lint fails on luxon outside the one file that needs zones', async () => {
          const findings = await lint(scratch, engine, [...files, 'src/rows/resample.ts']);
          const isRefused = (file) =>
            findings.get(file)?.some((found) => found.startsWith('no-restricted-imports: ')) ?? false;
          const refused = [...files, 'src/rows/resample.ts'].filter(isRefused);
          if (refused.join() !== files[0]) fail(`refused: ${refused.join() || 'nothing'}`);
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
