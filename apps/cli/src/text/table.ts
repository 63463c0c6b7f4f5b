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

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(value) : value.toFixed(1)} ${units[unit]!}`;
}

export function secondsText(seconds: number): string {
  if (seconds < 1) return 'under a second';
  if (seconds < 90) return `about ${String(Math.round(seconds))} s`;
  return seconds < 5400 ? `about ${String(Math.round(seconds / 60))} min` : `about ${(seconds / 3600).toFixed(1)} h`;
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
