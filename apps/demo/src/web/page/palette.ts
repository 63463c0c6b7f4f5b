import type { EntryState, Origin } from '../../contract/api.ts';

/** The theme's colours, where a canvas needs them as text. They stand in `styles/tokens.css` and nowhere else. */
export interface Palette {
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  readonly border: string;
  readonly accent: string;
  readonly up: string;
  readonly down: string;
  /** Of a candle that is not finished. */
  readonly upPale: string;
  readonly downPale: string;
  readonly upVolume: string;
  readonly downVolume: string;
  readonly gap: string;
  readonly gapLine: string;
  readonly origin: Readonly<Record<Origin, string>>;
  readonly state: Readonly<Record<EntryState, string>>;
}

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    panel: colour('panel'),
    text: colour('text'),
    muted: colour('muted'),
    grid: colour('grid'),
    border: colour('border'),
    accent: colour('accent'),
    up: colour('up'),
    down: colour('down'),
    upPale: colour('up-pale'),
    downPale: colour('down-pale'),
    upVolume: colour('up-volume'),
    downVolume: colour('down-volume'),
    gap: colour('gap'),
    gapLine: colour('gap-line'),
    origin: {
      cache: colour('origin-cache'),
      vision: colour('origin-vision'),
      rest: colour('origin-rest'),
      migrated: colour('origin-migrated'),
    },
    state: {
      complete: colour('state-complete'),
      gaps: colour('state-gaps'),
      partial: colour('state-partial'),
      degraded: colour('state-degraded'),
      absent: colour('state-absent'),
      unasked: colour('state-unasked'),
    },
  };
}

export const ORIGIN_NAMES: Readonly<Record<Origin, string>> = {
  cache: 'Cache',
  vision: 'Vision archive',
  rest: 'REST',
  migrated: 'Migrated',
};

export const STATE_NAMES: Readonly<Record<EntryState, string>> = {
  complete: 'Complete',
  gaps: 'With gaps',
  partial: 'Partial',
  degraded: 'Degraded',
  absent: 'Absent',
  unasked: 'Not asked',
};

/** A kind of gap in words: `exchange-outage` is `exchange outage`. */
export const kindName = (kind: string): string => kind.replaceAll('-', ' ');
