import { isoText, spanOf } from '@vision-cache/cache-keys';
import type { DataSourceManager } from '@vision-cache/data-source-manager';
import type { CachedSeries } from '../series/cached-series.ts';

export interface AuditRow {
  readonly series: string;
  readonly checked: number;
  readonly unchanged: number;
  /** Entries of which the archive tells nothing that could be compared. */
  readonly unknown: number;
  readonly revisions: readonly {
    readonly date: string;
    readonly changed: number;
    readonly added: number;
    readonly withdrawn: number;
    readonly foundAt: string;
  }[];
  readonly failed: readonly { readonly date: string; readonly error: string }[];
}

/** Compares a series with the archive. */
export async function auditRow(
  manager: DataSourceManager,
  series: CachedSeries,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  signal: AbortSignal,
): Promise<AuditRow> {
  const { exchange, marketType, dataNature, symbol, interval, dates, name } = series;
  const start = from ?? spanOf(dates[0]!).start;
  const end = to ?? spanOf(dates.at(-1)!).end;
  const report = await manager.audit({ exchange, marketType, dataNature, symbol, interval, start, end }, { signal });
  return {
    series: name,
    checked: report.checked,
    unchanged: report.unchanged,
    unknown: report.unknown.length,
    revisions: report.revisions.map(({ key, changed, added, withdrawn, foundAt }) => ({
      date: key.date,
      changed: changed.length,
      added,
      withdrawn,
      foundAt: isoText(foundAt),
    })),
    failed: report.failed.map(({ key, error }) => ({ date: key.date, error })),
  };
}

export function auditText({ series, checked, unchanged, unknown, revisions }: AuditRow): string {
  const lines = revisions.map(
    ({ date, changed, added, withdrawn }) =>
      `  ${date} was published again: ${String(changed)} rows changed, ${String(added)} added, ${String(withdrawn)} withdrawn`,
  );
  const head = `${series}  ${String(unchanged)} of ${String(checked)} are as published${unknown === 0 ? '' : `, ${String(unknown)} could not be compared`}`;
  return `${[head, ...lines].join('\n')}\n`;
}
