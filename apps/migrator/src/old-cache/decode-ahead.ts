import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PlannedFile } from '../contract/migration-plan.ts';
import type { RefusedSource, SourceRows } from './read-source.ts';

/** Bytes of an old file, in memory that both threads see, with the plan's line of it. */
export interface DecodeJob {
  readonly bytes: Uint8Array;
  readonly planned: PlannedFile;
}

/** Undefined if the other thread could not tell: then the first one decodes the file itself. */
export type DecodeAnswer = SourceRows | RefusedSource | undefined;

/** Built apart, beside whatever piece this stands in. Sources that are not built have none. */
const WORKER = new URL('./decode-worker.mjs', import.meta.url);
/** From here on it pays to load the code twice. */
const MANY_FILES = 1_000;

/**
 * Decodes old files on a second thread: their hash, their rows, and whether those can be. It touches neither disk nor
 * journal, and nothing depends on it: where it fails, all is decoded on the first thread.
 */
export class DecodeAhead {
  private readonly worker: Worker;
  private readonly asked: { readonly jobs: number; readonly answer: (answers: readonly DecodeAnswer[]) => void }[] = [];
  private failed = false;

  /** A thread for so many files, or undefined if it would not pay. */
  static for(files: number): DecodeAhead | undefined {
    const pays = files >= MANY_FILES && availableParallelism() > 1;
    return pays && existsSync(WORKER) ? new DecodeAhead() : undefined;
  }

  private constructor() {
    this.worker = new Worker(WORKER, { execArgv: [] });
    this.worker.on('message', (answers: readonly DecodeAnswer[]) => this.asked.shift()?.answer(answers));
    const fail = (): void => {
      this.failed = true;
      for (const { jobs, answer } of this.asked.splice(0)) answer(nothingOf(jobs));
    };
    this.worker.on('error', fail).on('exit', fail);
  }

  /** The answers to jobs, in their order. The bytes must stay as they are until then, and while the rows are in use. */
  decode(jobs: readonly DecodeJob[]): Promise<readonly DecodeAnswer[]> {
    if (this.failed || jobs.length === 0) return Promise.resolve(nothingOf(jobs.length));
    return new Promise((answer) => {
      this.asked.push({ jobs: jobs.length, answer });
      this.worker.postMessage(jobs);
    });
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }
}

const nothingOf = (jobs: number): readonly DecodeAnswer[] => Array.from({ length: jobs }, () => undefined);
