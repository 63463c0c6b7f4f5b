import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAIN, removeTempFolders, shop, tempFolder } from './__fixtures__/command.fixture.ts';

const PAGE = fileURLToPath(new URL('../../../docs/tasks.md', import.meta.url));

interface Block {
  readonly section: string;
  readonly language: string;
  readonly text: string;
}

/** The blocks of the page that are run, in order. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  for (const [whole, heading, language, text] of page.matchAll(/^## (.+)$|^```(sh|python)\n([\s\S]*?)^```$/gm)) {
    if (heading !== undefined) section = heading;
    else if (text !== undefined && !whole.includes('npm install')) blocks.push({ section, language: language!, text });
  }
  return blocks;
}

const hasPython = spawnSync('python3', ['-c', 'import duckdb, pandas, polars, pyarrow']).status === 0;
if (!hasPython) console.warn('SKIPPED: the blocks of Python; duckdb, pandas, polars and pyarrow are not installed.');

let made: Awaited<ReturnType<typeof shop>>;
let folder: string;

beforeAll(async () => {
  made = await shop();
  folder = tempFolder();
  mkdirSync(join(folder, 'bin'));
  const shim = join(folder, 'bin', 'vision-cache');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  chmodSync(shim, 0o755);
});

afterAll(async () => {
  await made.server.close();
  removeTempFolders();
});

function run({ language, text }: Block): Promise<{ code: number | null; output: string }> {
  const [program, args] = language === 'sh' ? ['bash', ['-euo', 'pipefail', '-c', text]] : ['python3', ['-c', text]];
  const env = {
    ...made.environment,
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    PYTHONPATH: process.env['PYTHONPATH'],
    HOME: folder,
  };
  const child = spawn(program, args, { cwd: folder, env: env });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

describe('docs/tasks.md', () => {
  for (const block of blocksOf(readFileSync(PAGE, 'utf8'))) {
    const [first = ''] = block.text.split('\n');
    const test = block.language === 'python' && !hasPython ? it.skip : it;
    test(`${block.section}: ${first}`, async () => {
      const { code, output } = await run(block);
      // With the output beside it, a block that fails says why.
      expect(code === 0 ? '' : output).toBe('');
    });
  }
});
