// The commands that a reader of the README copies are run as they stand: every line of a block fenced as `sh` that begins with
// `node tools/`, in order, in an empty folder. What takes minutes, or is of a registry that has nothing of ours yet, is
// fenced as `sh ignore`; tools/rehearse-release.mjs runs that with a registry of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDocument } from './markdown.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** What a block may hold beside: it is run before, or by the rehearsal of a release. */
const ELSEWHERE = /^npm install( @|$)/;

function run(line, folder) {
  const [command] = line.split(' #');
  const child = spawn('sh', ['-c', command.replace(/^node tools\//, `node '${join(root, 'tools')}'/`)], {
    cwd: folder,
    // `--demo` keeps its cache in the folder for temporary files.
    env: { ...process.env, TMPDIR: folder, TEMP: folder, NO_COLOR: '1', VISION_CACHE_DIR: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (bytes) => (said += bytes));
  child.stderr.on('data', (bytes) => (said += bytes));
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000);
  return new Promise((resolve) => {
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status, said });
    });
  });
}

/** @param {string} file @returns {Promise<{ lines: string[], problems: string[] }>} */
export async function runCommands(file) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'run-commands-')));
  const lines = [];
  const problems = [];
  try {
    for (const block of readDocument(file).blocks.filter(({ info }) => info === 'sh')) {
      for (const [index, line] of block.lines.entries()) {
        const place = `${file}:${block.line + 1 + index}`;
        if (line.trim() === '' || ELSEWHERE.test(line)) continue;
        const started = performance.now();
        const { status, said } = line.startsWith('node tools/')
          ? await run(line, folder)
          : { status: undefined, said: 'nothing runs it: begin it with node tools/, or fence the block as sh ignore' };
        if (status !== 0 || said === '')
          problems.push(`${place} ${line}: ${status ?? ''} ${said || 'it says nothing'}`);
        else lines.push(`ran ${place} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { lines, problems };
}
