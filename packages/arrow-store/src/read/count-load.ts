import { loadChannel, type LoadMessage } from '../contract/diagnostics.ts';
import type { StoreContext } from '../store/store-context.ts';

/** Counts an entry that was asked for, and tells who listens. */
export function countLoad(
  { counts }: StoreContext,
  path: string,
  result: LoadMessage['result'],
  rows: number,
  bytes: number,
  durationMs: number,
): void {
  if (result === 'miss') counts.misses++;
  else if (result === 'new') counts.hitsNew++;
  else counts.hitsOld++;
  counts.bytesRead += bytes;
  if (!loadChannel.hasSubscribers) return;
  const message: LoadMessage = { path, result, rows, bytes, durationMs };
  loadChannel.publish(message);
}
