import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../tools/slurm/slurm.sh', import.meta.url));

/** A controller and a node of Slurm on this machine, or why there is none. */
export type StartedSlurm = { readonly slurm: Slurm } | { readonly missing: string };

export interface Slurm {
  /** Submits a script with words of its own. @returns the number of the job */
  readonly submit: (environment: Readonly<Record<string, string>>, ...words: readonly string[]) => string;
  /** Queues a task again that runs, as an operator does who needs its node. */
  readonly requeue: (task: string) => void;
  /** Whether anything is queued or runs. */
  readonly isBusy: () => boolean;
  /** Of each task of an array, in the order of their numbers: how it has ended, and how often it was started again. */
  readonly tasks: (job: string) => readonly TaskState[];
  readonly close: () => void;
}

export interface TaskState {
  readonly task: number;
  readonly state: string;
  readonly exit: string;
  readonly restarts: number;
}

/** @throws where Slurm is here and does not start */
export function startSlurm(folder: string): StartedSlurm {
  const own = join(folder, 'slurm');
  const { status, stdout, stderr } = spawnSync(SCRIPT, ['up', own], { encoding: 'utf8' });
  if (status === 3) return { missing: stderr.trim() };
  if (status !== 0) throw new Error(`slurm.sh ended with ${String(status)}: ${stderr}`);
  const SLURM_CONF = stdout.trim();
  const run = (environment: Readonly<Record<string, string>>, program: string, ...words: readonly string[]): string => {
    const env = { PATH: process.env['PATH'], ...environment, SLURM_CONF };
    const ended = spawnSync(program, words, { encoding: 'utf8', env });
    if (ended.status !== 0) throw new Error(`${program} ${words.join(' ')}: ${ended.error?.message ?? ended.stderr}`);
    return ended.stdout.trim();
  };
  return {
    slurm: {
      submit: (environment, ...words) => run(environment, 'sbatch', '--parsable', ...words),
      requeue: (task) => void run({}, 'scontrol', 'requeue', task),
      isBusy: () => run({}, 'squeue', '--noheader') !== '',
      tasks: (job) => tasksOf(run({}, 'scontrol', '--oneliner', 'show', 'job', job)),
      close: () => void spawnSync(SCRIPT, ['down', own]),
    },
  };
}

function tasksOf(text: string): TaskState[] {
  const found = text.split('\n').map((line) => {
    const fields = Object.fromEntries([...line.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]));
    const { ArrayTaskId: task, JobState: state = '', ExitCode: exit = '', Restarts: restarts } = fields;
    return { task: Number(task), state, exit, restarts: Number(restarts) };
  });
  return found.sort((a, b) => a.task - b.task);
}
