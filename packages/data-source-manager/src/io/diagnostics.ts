import { channel } from '#platform';
import { cacheFolder, type CacheKey, cachePath, type TimeSpan } from '@vision-cache/cache-keys';
import type { Answer, Mode } from '../contract/answer.ts';
import { isDataSourceError } from '../contract/errors.ts';
import type { ParsedQuery } from '../query/query.ts';
import type { SourceAnswer } from '../contract/ports.ts';

/** A range was answered, or was not. */
export interface RequestMessage extends TimeSpan {
  /** The series' folder below the root; undefined for an empty range. */
  readonly folder: string | undefined;
  readonly mode: Mode;
  /** Entries that the cache had, that a source was needed for, and that are remembered not to exist. */
  readonly hits: number;
  readonly misses: number;
  readonly absent: number;
  readonly rows: number;
  readonly gaps: number;
  readonly durationMs: number;
  /** Code of the {@link DataSourceError} that it ended with; the numbers are then 0. */
  readonly error: string | undefined;
}

/** A source was asked for an object or a span. */
export interface FetchMessage {
  readonly source: string;
  /** Path of the entry, or month, that was asked for, or of the first entry of a span. */
  readonly path: string;
  readonly status: 'ok' | 'missing' | 'failed';
  readonly rows: number;
  /** HTTP requests and bytes, as far as the source counts them. */
  readonly requests: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Names of the channels of `node:diagnostics_channel`. Without a subscriber nothing is made or published. */
export const REQUEST_CHANNELS = {
  request: 'vision-cache.data-source-manager.request',
  fetch: 'vision-cache.data-source-manager.fetch',
} as const;

const requestChannel = channel(REQUEST_CHANNELS.request);
const fetchChannel = channel(REQUEST_CHANNELS.fetch);

/** Answers a request, and tells of it. */
export async function publishRequest(query: ParsedQuery, mode: Mode, answer: () => Promise<Answer>): Promise<Answer> {
  if (!requestChannel.hasSubscribers) return answer();
  const begun = performance.now();
  const [key] = query.keys;
  const of = { ...query.outer, folder: key === undefined ? undefined : cacheFolder(key), mode };
  let counts = { hits: 0, misses: 0, absent: 0, rows: 0, gaps: 0 };
  let code: string | undefined;
  try {
    const answered = await answer();
    const { hits, misses, absent } = answered.activity;
    counts = { hits, misses, absent, rows: answered.batch.numRows, gaps: answered.coverage.gaps.length };
    return answered;
  } catch (error) {
    code = isDataSourceError(error) ? error.code : 'unexpected';
    throw error;
  } finally {
    const message = { ...of, ...counts, durationMs: performance.now() - begun, error: code };
    requestChannel.publish(message satisfies RequestMessage);
  }
}

/** Asks a source, and tells of it. */
export async function publishFetch(
  source: string,
  key: CacheKey,
  ask: () => Promise<SourceAnswer>,
): Promise<SourceAnswer> {
  if (!fetchChannel.hasSubscribers) return ask();
  const begun = performance.now();
  let status: FetchMessage['status'] = 'failed';
  let counts = { rows: 0, requests: 0, bytes: 0 };
  try {
    const answer = await ask();
    status = answer.status;
    if (answer.status === 'ok') counts = { requests: 0, bytes: 0, ...answer.cost, rows: answer.batch.numRows };
    return answer;
  } finally {
    const message = { source, path: cachePath(key), status, ...counts, durationMs: performance.now() - begun };
    fetchChannel.publish(message satisfies FetchMessage);
  }
}
