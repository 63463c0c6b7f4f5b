const whole = new Intl.NumberFormat('en');
const one = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

export const count = (value: number): string => whole.format(value);

/** `1 day`, `2 days`. */
export const counted = (value: number, word: string): string =>
  `${whole.format(value)} ${word}${value === 1 ? '' : 's'}`;

/** Bytes in the units in which disks and lines are sold: 1 MB is a million. */
export function byteText(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`;
  if (bytes < 1e6) return `${one.format(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${one.format(bytes / 1e6)} MB`;
  return `${one.format(bytes / 1e9)} GB`;
}

export function durationText(milliseconds: number): string {
  if (milliseconds < 1) return `${String(Math.max(1, Math.round(milliseconds * 1000)))} µs`;
  if (milliseconds < 1000)
    return `${milliseconds < 10 ? one.format(milliseconds) : whole.format(Math.round(milliseconds))} ms`;
  return `${one.format(milliseconds / 1000)} s`;
}

/** A price with as many decimals as its size needs. */
export function priceText(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 1000 ? 2 : size >= 1 ? 4 : 6;
  return value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: decimals });
}

export const volumeText = (value: number): string => compact.format(value);

/** `3 h 30 min`, `2 days`: the two largest units of a length of time. */
export function spanText(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes === 0) return `${String(Math.round(milliseconds / 1000))} s`;
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  const parts = [
    days === 0 ? undefined : counted(days, 'day'),
    hours === 0 ? undefined : `${String(hours)} h`,
    rest === 0 || days > 0 ? undefined : `${String(rest)} min`,
  ].filter((part) => part !== undefined);
  return parts.slice(0, 2).join(' ');
}

/** A stored number as it was published; a sum, as its decimals sum up to: a double holds 15 digits for certain. */
export const exactText = (value: number): string => String(Number(value.toPrecision(15)));
