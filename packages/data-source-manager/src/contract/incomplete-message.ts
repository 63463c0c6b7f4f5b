import { isoText } from '@vision-cache/cache-keys';
import { counted } from './counted.ts';
import type { Gap } from './coverage.ts';

/** The sentences of `E_INCOMPLETE`: what is missing, why, and what can be done. Pure. */
export function incompleteMessage(name: string, first: Gap, gaps: readonly Gap[]): string {
  const { kind, start, end, evidence } = first;
  const why = evidence.replace(/\.$/, '');
  const span = `${isoText(start)} to ${isoText(end)}`;
  return `${name} is incomplete: ${kind}, ${span} (${why})${moreGaps(gaps.length - 1)}. ${advice(gaps)}`;
}

function moreGaps(count: number): string {
  return count < 1 ? '' : `, and ${counted(count, 'more gap')}`;
}

function advice(gaps: readonly Gap[]): string {
  const kinds = new Set(gaps.map(({ kind }) => kind));
  if (kinds.has('source-failed')) return 'What arrived is cached; repeat the request to fetch only the rest.';
  if (kinds.has('not-cached'))
    return "Ask without mode: 'offline' to fetch it, or with strict: false for what there is.";
  const allowed = [...kinds].map((kind) => `'${kind}'`).join(', ');
  return `What there is, is cached; strict: false returns it, and allow: [${allowed}] accepts such gaps.`;
}
