// Planting files in a scratch copy of the repository, and what the gates say of them.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { engine } from './plants.mjs';

export const root = realpathSync(fileURLToPath(new URL('../..', import.meta.url)));
const require = createRequire(import.meta.url);
export const eslintBin = join(dirname(require.resolve('eslint/package.json')), 'bin/eslint.js');

export const fail = (message) => {
  throw new Error(message);
};

export const environment = (scratch, more = {}) => {
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

export const run = (command, cwd, env) =>
  new Promise((done) => {
    const child = spawn(process.execPath, command, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('close', (status) => done({ status, output, errors }));
  });

/** Lints files as `nx lint` would, with a graph built from the copy as it is now. @returns findings per file name */
export async function lint(scratch, project, files) {
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

/** @param {string[]} codes @param {(files: string[]) => Promise<void>} proof */
export async function plant(scratch, project, codes, proof) {
  const files = codes.map((_, index) => `src/planted-${index + 1}.ts`);
  codes.forEach((code, index) => writeFileSync(join(scratch, project, files[index]), code));
  try {
    await proof(files);
  } finally {
    for (const file of files) rmSync(join(scratch, project, file), { force: true });
  }
}

/** Like `plant`, with a name for each file below `src`. @param {Record<string, string>} sources */
export async function plantSources(scratch, project, sources, proof) {
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
export async function withRooms(scratch, change, proof) {
  const file = join(scratch, engine, 'rooms.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, JSON.stringify(change(JSON.parse(text))));
  try {
    await proof();
  } finally {
    writeFileSync(file, text);
  }
}

export async function refusedByRooms(scratch, expected) {
  const { status, errors } = await run([join(root, 'tools/check-rooms.mjs')], scratch, environment(scratch));
  if (status === 0 || !expected.test(errors)) fail(`exit ${status}: ${errors}`);
}
