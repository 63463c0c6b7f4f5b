import type { Dataset } from '@vision-cache/cache-keys';
import { inArrivalOrder } from './concurrency/arrival-order.ts';
import type { Answer, Progress, RequestOptions } from './contract/answer.ts';
import { type DataSourceError, isDataSourceError } from './contract/errors.ts';

/** Of many requests: each one's own progress, and how many have been answered. */
export interface ManyProgress<Query> extends Progress {
  readonly query: Query;
  readonly queries: { readonly done: number; readonly total: number };
}

export interface ManyOptions<Query> extends Omit<RequestOptions, 'onProgress'> {
  /** Requests that are worked on at a time; all share the manager's sources and their limits. @default 8 */
  readonly concurrency?: number | undefined;
  /** Is called as entries of any query arrive, with the query and how many have been answered. */
  readonly onProgress?: ((progress: ManyProgress<Query>) => void) | undefined;
}

/** The answer to one of many queries, or the reason why there is none. */
export type ManyAnswer<Query, D extends Dataset = Dataset> =
  | (Answer<D> & { readonly query: Query; readonly error?: undefined })
  | { readonly query: Query; readonly error: DataSourceError };

/**
 * Yields each query's answer as soon as it is complete. A failed query is yielded with its error and does not end the
 * others; only the caller's signal, and what is no {@link DataSourceError}, ends them all.
 */
export async function* getMany<Query, D extends Dataset>(
  queries: readonly Query[],
  get: (query: Query, options: RequestOptions) => Promise<Answer<D>>,
  { concurrency = 8, onProgress, signal, ...options }: ManyOptions<Query>,
): AsyncGenerator<ManyAnswer<Query, D>, void, undefined> {
  let done = 0;
  const tell = (query: Query, progress: Progress): void =>
    onProgress?.({ ...progress, query, queries: { done, total: queries.length } });
  const answer = async (query: Query, stop: AbortSignal): Promise<ManyAnswer<Query, D>> => {
    try {
      const request = onProgress === undefined ? {} : { onProgress: (progress: Progress) => tell(query, progress) };
      return { ...(await get(query, { ...options, ...request, signal: stop })), query };
    } catch (error) {
      if (!isDataSourceError(error) || isDataSourceError(error, 'E_ABORTED')) throw error;
      return { query, error };
    } finally {
      done++;
    }
  };
  yield* inArrivalOrder(queries, answer, { concurrency, signal });
}
