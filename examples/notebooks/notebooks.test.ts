import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from '../bundle.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const output = join(folder, '../test-output');
const run = promisify(execFile);

interface Notebook {
  readonly cells: readonly {
    readonly cell_type: string;
    readonly source: readonly string[];
    readonly outputs?: readonly { readonly text?: readonly string[] }[];
  }[];
}

/** What the cells of a notebook printed, cell after cell: a kernel may cut one cell's text into any pieces. */
function printedBy(file: string): string[] {
  const { cells } = JSON.parse(readFileSync(file, 'utf8')) as Notebook;
  const printed = cells.map(({ outputs = [] }) => outputs.flatMap(({ text = [] }) => text).join(''));
  return printed.filter((text) => text !== '');
}

/** The code of a notebook, cell after cell. */
function codeOf(name: string): string {
  const { cells } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Notebook;
  return cells.flatMap((cell) => (cell.cell_type === 'code' ? [cell.source.join('')] : [])).join('\n\n');
}

const can = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const hasPython = can('python3', '--version');
const canReadArrow = hasPython && can('python3', '-c', 'import pyarrow, polars, pandas');
const kernels = spawnSync('jupyter', ['kernelspec', 'list', '--json'], { encoding: 'utf8' }).stdout ?? '';
const hasKernel = (name: string) => kernels.includes(`"${name}"`);

const whole = (name: string) => [
  'nbconvert',
  '--execute',
  '--to',
  'notebook',
  '--output-dir',
  output,
  join(folder, name),
];

describe('the notebooks', () => {
  const cache = mkdtempSync(join(tmpdir(), 'vision-cache-notebook-'));
  const env = { ...process.env, VISION_CACHE_DIR: cache };
  afterAll(() => rmSync(cache, { recursive: true, force: true }));

  it('in TypeScript, as one program, fills a cache', async () => {
    const outfile = join(output, 'fetch-and-look.mjs');
    const stdin = { contents: codeOf('fetch-and-look.ipynb'), resolveDir: folder, loader: 'ts' } as const;
    await bundle({ stdin, outfile });
    const { stdout } = await run(process.execPath, [outfile], { env });
    expect(stdout).toContain('168 bars, complete: true');
    expect(stdout).toContain('binance/spot/klines/daily/BTCUSDT/1h/2024-01-07.arrow');
  }, 120_000);

  (canReadArrow ? it : it.skip)(
    `in Python, as one program, reads the same cache${canReadArrow ? '' : ': python3 has no pyarrow, polars and pandas'}`,
    async () => {
      const script = join(output, 'reading-from-python.py');
      writeFileSync(script, codeOf('reading-from-python.ipynb'));
      expect((await run('python3', [script], { env })).stdout).toContain('168 timestamp[us, tz=UTC]');
    },
    120_000,
  );

  (hasPython ? it : it.skip)('in Python parses', () => {
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: codeOf('reading-from-python.ipynb'),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  for (const [name, kernel] of [
    ['fetch-and-look.ipynb', 'tslab'],
    ['reading-from-python.ipynb', 'python3'],
  ] as const) {
    const there = hasKernel(kernel) && (kernel === 'tslab' || canReadArrow);
    (there ? it : it.skip)(
      there ? `${name} runs in Jupyter` : `${name} runs in Jupyter: the kernel ${kernel} is not there`,
      async () => {
        await run('jupyter', whole(name), {
          // The second notebook reads what the first one, as a program, has cached.
          env: { ...process.env, VISION_CACHE_DIR: kernel === 'python3' ? cache : join(cache, 'of-tslab') },
        });
        // The stored outputs are what a reader on a forge sees.
        expect(printedBy(join(folder, name)).length).toBeGreaterThan(0);
        expect(printedBy(join(output, name))).toEqual(printedBy(join(folder, name)));
      },
      300_000,
    );
  }
});
