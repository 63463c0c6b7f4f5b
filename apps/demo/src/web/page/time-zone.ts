/** Times as people of a zone write them. Entries of the cache stay UTC days in every zone. */
export interface ZoneFormat {
  readonly zone: string;
  /** `2024-03-01 13:45`, with seconds where asked for. */
  moment(milliseconds: number, precision?: 'day' | 'minute' | 'second'): string;
  /** Milliseconds to add to UTC for the wall clock of the zone. */
  offset(milliseconds: number): number;
  /** `UTC`, `GMT+5:30`. */
  label(milliseconds: number): string;
}

const PARTS = {
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
} as const; // prettier-ignore

export function zoneFormat(zone: string): ZoneFormat {
  const format = new Intl.DateTimeFormat('en-CA', { ...PARTS, timeZone: zone });
  const offsetName = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset', timeZone: zone });
  const parts = (milliseconds: number) =>
    Object.fromEntries(format.formatToParts(milliseconds).map(({ type, value }) => [type, value])) as Record<
      keyof typeof PARTS,
      string
    >;
  return {
    zone,
    moment(milliseconds, precision = 'minute') {
      const { year, month, day, hour, minute, second } = parts(milliseconds);
      const date = `${year}-${month}-${day}`;
      if (precision === 'day') return date;
      return `${date} ${hour}:${minute}${precision === 'second' ? `:${second}` : ''}`;
    },
    offset(milliseconds) {
      if (zone === 'UTC') return 0;
      const { year, month, day, hour, minute, second } = parts(milliseconds);
      const wall = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
      return wall - Math.floor(milliseconds / 1000) * 1000;
    },
    label: (milliseconds) =>
      zone === 'UTC'
        ? 'UTC'
        : (offsetName.formatToParts(milliseconds).find(({ type }) => type === 'timeZoneName')?.value ?? zone),
  };
}

/** UTC, the zone of this machine, and where many markets are. */
export function offeredZones(): string[] {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const common = ['America/New_York', 'America/Chicago', 'Europe/London', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Singapore', 'Asia/Tokyo', 'Australia/Sydney']; // prettier-ignore
  return [...new Set(['UTC', here, ...common])];
}
