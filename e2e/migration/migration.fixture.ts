import { spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { isBuilt } from './command.fixture.ts';
import { scratch } from './old-cache.fixture.ts';

const dist = fileURLToPath(new URL('../../apps/migrator/dist', import.meta.url));

/** Folders of one test: an old cache, a new one, and the plan between them. Made again for each test, and removed after it. */
export function migrationFolders(): { base: string; from: string; to: string; out: string } {
  const folders = { base: '', from: '', to: '', out: '' };
  let made: ReturnType<typeof scratch>;
  beforeEach(() => {
    made = scratch();
    const { path } = made;
    Object.assign(folders, { base: path, from: join(path, 'old'), to: join(path, 'new'), out: join(path, 'plan') });
  });
  afterEach(() => made.remove());
  return folders;
}

export const dayOf = (index: number): string => new Date(Date.UTC(2023, 0, 1 + index)).toISOString().slice(0, 10);

interface Ended {
  /** Null if it was killed. */
  readonly code: number | null;
  readonly said: string;
  readonly took: number;
}

/** The built command as a process, from a copy, so that a build during the test does not take it away. */
export function builtCommand() {
  const program = scratch();
  const main = join(program.path, 'main.js');
  beforeAll(() => {
    if (isBuilt) cpSync(dist, program.path, { recursive: true });
  });
  afterAll(() => program.remove());

  /** Runs the command; with `killAfter`, kills it after so many milliseconds. */
  const run = (args: readonly string[], killAfter?: number): Promise<Ended> => {
    const started = Date.now();
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += String(text)));
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    return new Promise((done) => {
      child.once('close', (code) => {
        clearTimeout(timer);
        done({ code, said, took: Date.now() - started });
      });
    });
  };

  /** The exit code; if it is not the wanted one, with what the command said. */
  const exitOf = async (args: readonly string[], wanted: number): Promise<string> => {
    const { code, said } = await run(args);
    return code === wanted ? `exit ${code}` : `exit ${code}: ${said}`;
  };
  return { main, run, exitOf };
}
