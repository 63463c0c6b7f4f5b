import { UsageError } from '../contract/usage-error.ts';

/** One of `count` workers that share the work; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Where a scheduler tells a worker which one it is, and where it counts from. */
const SCHEDULERS: readonly { name: string; index: string; count?: string; first?: string; from: 0 | 1 }[] = [
  { name: 'Kubernetes', index: 'JOB_COMPLETION_INDEX', from: 0 },
  { name: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', count: 'AWS_BATCH_JOB_ARRAY_SIZE', from: 0 },
  {
    name: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    count: 'SLURM_ARRAY_TASK_COUNT',
    first: 'SLURM_ARRAY_TASK_MIN',
    from: 1,
  },
  { name: 'Cloud Run', index: 'CLOUD_RUN_TASK_INDEX', count: 'CLOUD_RUN_TASK_COUNT', from: 0 },
  { name: 'GitLab', index: 'CI_NODE_INDEX', count: 'CI_NODE_TOTAL', from: 1 },
];

/** `i/n`, or `auto`: what the scheduler says. @throws {UsageError} */
export function parseShard(given: string, environment: Environment): Shard {
  if (given === 'auto') return schedulerShard(environment);
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(given) ?? [];
  return checked({ index: Number(index), count: Number(count) }, given);
}

function schedulerShard(environment: Environment): Shard {
  const told = SCHEDULERS.find(({ index }) => isSet(environment[index]));
  if (told === undefined) {
    const names = SCHEDULERS.map(({ index }) => index).join(', ');
    throw new UsageError(`--shard auto: no scheduler variable says which shard this is (${names}).`);
  }
  const count =
    environment['VISION_CACHE_SHARD_COUNT'] ?? (told.count === undefined ? undefined : environment[told.count]);
  if (!isSet(count))
    throw new UsageError(
      `--shard auto: ${told.name} does not say how many shards there are: set VISION_CACHE_SHARD_COUNT.`,
    );
  const first = told.first === undefined ? undefined : environment[told.first];
  const from = first === undefined ? told.from : Number(first);
  const shard = { index: Number(environment[told.index]) - from + 1, count: Number(count) };
  return checked(shard, `${told.index}=${environment[told.index] ?? ''} of ${count}`);
}

const isSet = (value: string | undefined): value is string => value !== undefined && value !== '';

function checked(shard: Shard, given: string): Shard {
  const { index, count } = shard;
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 1 && index <= count) return shard;
  throw new UsageError(`${given} is not a shard: --shard i/n takes i from 1 to n, such as 2/8.`);
}

/**
 * Whether a month of a series is this shard's. Where a series begins is FNV-1a of its name, mixed, which spreads names that
 * differ in a digit; from there its months go round the shards, so that a large series is every shard's in equal parts. The
 * same on every machine and in every version.
 */
export function isOfShard(series: string, month: string, { index, count }: Shard): boolean {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(series)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7));
  return (((hash ^ (hash >>> 16)) >>> 0) + months) % count === index - 1;
}
