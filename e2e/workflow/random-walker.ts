/** One process of the random walk: makes the requests that it is told on its standard input, one a line, in turn. */
import { createInterface } from 'node:readline';
import { isDataSourceError } from '@vision-cache/data-source-manager';
import { openSetup } from './compose.ts';

export interface WalkerRequest {
  readonly number: number;
  readonly start: string;
  readonly end: string;
  readonly mode: 'fill' | 'refresh' | 'offline';
  /** Stops the request after so many entries. */
  readonly stopAfter?: number;
}

const [root, baseUrl, now] = process.argv.slice(2) as [string, string, string];
const server = { baseUrl, listingUrl: `${baseUrl}/`, restUrls: { spot: baseUrl, um: baseUrl, cm: baseUrl } };
const { manager } = await openSetup({ root, now, server: server as never });

for await (const line of createInterface({ input: process.stdin })) {
  const { number, start, end, mode, stopAfter } = JSON.parse(line) as WalkerRequest;
  const stop = new AbortController();
  const onProgress = ({ entries }: { entries: { done: number } }): void => {
    if (stopAfter !== undefined && entries.done >= stopAfter) stop.abort();
  };
  try {
    const query = { symbol: 'BTCUSDT', interval: '1h', start, end } as const;
    const { batch, coverage } = await manager.getKlines(query, {
      mode,
      strict: false,
      signal: stop.signal,
      onProgress,
    });
    process.stdout.write(
      `${JSON.stringify({ number, rows: batch.numRows, gaps: coverage.gaps.map(({ kind }) => kind) })}\n`,
    );
  } catch (error) {
    if (!isDataSourceError(error, 'E_ABORTED')) {
      process.stdout.write(`${JSON.stringify({ number, error: String(error) })}\n`);
      continue;
    }
    process.stdout.write(`${JSON.stringify({ number, stopped: true })}\n`);
  }
}
