import { escapeTerminal } from './escape-terminal.ts';

/** Lines with columns that stand below each other; numbers to the right. */
export function tableLines(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-US') : escapeTerminal(cell))),
  );
  const right = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const widths = header.map((name, column) => Math.max(name.length, ...texts.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (right[column] === true ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [line(header), ...texts.map(line)];
}

/** Instants as ISO text, UTC, without what is 0 at the end. */
export const instantText = (iso: string): string =>
  iso.replace(/T00:00(?::00(?:\.0+)?)?Z$/, '').replace(/:00(?:\.0+)?Z$/, 'Z');

export const jsonLine = (row: object): string =>
  `${JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}\n`;

/** What is said of files that are there and count for nothing. */
export const unreadableLine = (series: string, files: number): string =>
  `${series}: ${counted(files, 'file')} cannot be read; "vision-cache verify ${series}" says why.\n`;

/** `1 gap`, `2 gaps`. */
export const counted = (number: number, what: string): string =>
  `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
