import { type BodyLayout, bodyLayout, type StoredColumn } from '../frame/entry-layout.ts';
import { stretchOf } from '../format/open-head.ts';

/** Bytes of an object, from `start` up to and without `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A request costs as much as bringing this many bytes, or more: what stands nearer is brought with one. */
const GAP = 64 * 1024;
/** Holds the head of nearly every entry. */
const HEAD = 8 * 1024;
/** Head and tail of an entry of a few facts. */
const FRAME = 7 * 1024;

/** Bytes of an entry of so many rows, nearly. */
export function sizeOfRows(schema: readonly StoredColumn[], rows: number): number {
  return FRAME + bodyLayout(schema, rows).length;
}

/** What is asked for first, before anything is known of an entry but its size, so that one request often is enough. */
export function firstRange(size: number, schema: readonly StoredColumn[], names?: readonly string[]): ByteRange {
  if (size <= GAP) return { start: 0, end: size };
  if (names === undefined || schema.some(({ type }) => type === 'text')) return { start: 0, end: Math.min(size, HEAD) };
  const bytesPerRow = bodyLayout(schema, 8000).length / 8000;
  const rows = Math.ceil(Math.max(0, size - FRAME) / bytesPerRow);
  let end = HEAD;
  for (const place of bodyLayout(schema, rows).columns) {
    if (!names.includes(place.name)) continue;
    const column = stretchOf(place);
    if (HEAD / 2 + column.start - end > GAP) break;
    end = Math.max(end, HEAD + column.end);
  }
  return { start: 0, end: size - end < GAP ? size : end };
}

/** What else is needed of the columns, in few requests. */
export function restRanges(layout: BodyLayout, bodyAt: number, have: number, names: readonly string[]): ByteRange[] {
  const ranges: { start: number; end: number }[] = [];
  for (const place of layout.columns) {
    if (!names.includes(place.name)) continue;
    const { start, end } = stretchOf(place);
    const wanted = { start: Math.max(have, bodyAt + start), end: bodyAt + end };
    if (wanted.end <= wanted.start) continue;
    const last = ranges[ranges.length - 1];
    if (last !== undefined && wanted.start - last.end <= GAP) last.end = wanted.end;
    else ranges.push(wanted);
  }
  return ranges;
}
