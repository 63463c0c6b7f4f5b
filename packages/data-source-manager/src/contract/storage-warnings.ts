/** Something that the cache did not take: rows, that there are none, or why they are missing. */
export interface NotStored {
  readonly what: 'rows' | 'absence' | 'reason';
  /** The symbol and the day or month, such as `BTCUSDT 2024-01-01`. */
  readonly name: string;
  /** What the cache answered. */
  readonly evidence: string;
}

const WHAT = {
  rows: 'could not be stored',
  absence: 'could not be recorded as having no rows',
  reason: 'could not be stored with the reason why rows are missing',
} as const satisfies Record<NotStored['what'], string>;

/** One sentence for each kind of thing that was not stored, with a count: never 366 equal ones. Pure. */
export function storageWarnings(notStored: readonly NotStored[]): string[] {
  const kinds = Object.keys(WHAT) as NotStored['what'][];
  return kinds.flatMap((kind) => {
    const of = notStored.filter(({ what }) => what === kind);
    const [first] = of;
    if (first === undefined) return [];
    const count = new Set(of.map(({ name }) => name)).size;
    const [symbol, date] = first.name.split(' ');
    const names = count === 1 ? first.name : `${count} days or months of ${symbol}, the first of them ${date},`;
    return [`${names} ${WHAT[kind]}: ${first.evidence}`];
  });
}
