import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAIN, removeTempFolders, shop, tempFolder } from './__fixtures__/command.fixture.ts';

const PAGE = fileURLToPath(new URL('../../../docs/tasks.md', import.meta.url));
const FROM_PYTHON = fileURLToPath(new URL('../../../docs/from-python.md', import.meta.url));

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

(hasPython ? describe : describe.skip)('docs/from-python.md', () => {
  it('runs from its first line to its last, by series and as a universe', async () => {
    const blocks = blocksOf(readFileSync(FROM_PYTHON, 'utf8')).filter(({ language }) => language === 'python');
    const older = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'].map((symbol) => ({ symbol, listed: '2023-12-01' }));
    const { run: command, server } = await shop({ symbols: older });
    const cache = { VISION_CACHE_DIR: join(folder, 'data') };
    for (const line of [
      'init --monthly 1d --quiet',
      'sync BTCUSDT ETHUSDT --interval 1m --from 2024-01-01 --to 2024-01-03 --quiet',
      'sync --all --interval 1d --from 2024-01-01 --to 2024-02-01 --quiet',
    ])
      expect(await command(line, cache)).toMatchObject({ code: 0, err: '' });
    await server.close();
    const checks = `
assert table.num_rows == 2880 and frame.height == 5760 and len(four_hours) == 6 and len(close) == 1440
assert facts['vision-cache.state'] == 'complete' and highest > 0
assert panel.shape == (31, 3) and closes.shape == (31, 4), (panel.shape, closes.shape)
assert days == [('BTCUSDT', 31), ('ETHUSDT', 31), ('SOLUSDT', 31)], days
assert daily.schema.metadata is None and len(list(klines.get_fragments(filter=ds.field('interval') == '1d'))) == 3`;
    const text = [...blocks.map((block) => block.text), checks].join('\n');
    const { code, output } = await run({ section: '', language: 'python', text });
    expect(code === 0 ? '' : output).toBe('');
    expect(blocks.length).toBeGreaterThan(8);
  });
});
