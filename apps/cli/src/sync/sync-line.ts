import { bytesText } from '@vision-cache/migrator/units';
import { escapeTerminal } from '../text/escape-terminal.ts';
import { instantText } from '../text/table.ts';
import type { SyncRow } from './sync-task.ts';

/** What became of a series, as a line. */
export function syncLine({ series, asked, stored, gaps, seconds, error }: SyncRow): string {
  const { entries, rows, bytes } = stored;
  const fetched =
    entries === 0 && rows === 0
      ? error === undefined
        ? 'nothing was missing'
        : `failed (${error.code})`
      : rows === 0
        ? `nothing found for ${entries.toLocaleString('en-US')} missing ${entries === 1 ? 'entry' : 'entries'}`
        : `${entries.toLocaleString('en-US')} fetched (${rows.toLocaleString('en-US')} rows, ${bytesText(bytes)}) in ${seconds.toFixed(1)} s`;
  const kinds = new Map<string, number>();
  for (const { kind } of gaps) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const told = [...kinds].map(([kind, number]) => `${String(number)} ${kind}`).join(', ');
  const missing = told === '' ? '' : `; gaps: ${told}`;
  return `${escapeTerminal(series)}  ${instantText(asked.from)} to ${instantText(asked.to)}: ${fetched}${missing}`;
}
