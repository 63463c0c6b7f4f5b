import type { TimeSpan } from '@vision-cache/cache-keys';

/** One piece of a {@link SpanMap}. */
export type Piece<T> = TimeSpan & { readonly value: T };

declare const divided: unique symbol;

/**
 * A span that is divided without rest and without overlap, with one value for each piece. Only this file can make one,
 * so that what is read off it divides the span as well.
 */
export interface SpanMap<T> extends TimeSpan {
  /** In order; none is empty. */
  readonly pieces: readonly Piece<T>[];
  readonly [divided]: true;
}

const mapOf = <T>({ start, end }: TimeSpan, pieces: readonly Piece<T>[]): SpanMap<T> =>
  ({ start, end, pieces }) as unknown as SpanMap<T>;

/** A span that has one value everywhere. An empty span has no piece. */
export function spanMap<T>(span: TimeSpan, value: T): SpanMap<T> {
  return mapOf(span, span.start < span.end ? [{ start: span.start, end: span.end, value }] : []);
}

/** The map with other values within a span; pieces that reach over its edges are cut there. */
export function updated<T>(map: SpanMap<T>, within: TimeSpan, change: (value: T, piece: TimeSpan) => T): SpanMap<T> {
  if (within.start >= within.end || within.end <= map.start || within.start >= map.end) return map;
  const pieces: Piece<T>[] = [];
  for (const piece of map.pieces) {
    const start = piece.start > within.start ? piece.start : within.start;
    const end = piece.end < within.end ? piece.end : within.end;
    if (start >= end) {
      pieces.push(piece);
      continue;
    }
    if (piece.start < start) pieces.push({ start: piece.start, end: start, value: piece.value });
    pieces.push({ start, end, value: change(piece.value, { start, end }) });
    if (end < piece.end) pieces.push({ start: end, end: piece.end, value: piece.value });
  }
  return mapOf(map, pieces);
}

/** The map with each value replaced by what is made of it. */
export function mapped<T, U>(map: SpanMap<T>, change: (value: T, piece: TimeSpan) => U): SpanMap<U> {
  return mapOf(
    map,
    map.pieces.map(({ start, end, value }) => ({ start, end, value: change(value, { start, end }) })),
  );
}

/** The map with the pieces cut at an instant, if it lies within one of them. */
export function cutAt<T>(map: SpanMap<T>, instant: bigint): SpanMap<T> {
  if (instant <= map.start || instant >= map.end) return map;
  return updated(map, { start: instant, end: map.end }, (value) => value);
}

/** The map with neighbours that are the same made one. */
export function joined<T>(map: SpanMap<T>, isSame: (a: T, b: T) => boolean): SpanMap<T> {
  if (map.pieces.length < 2) return map;
  const pieces: { start: bigint; end: bigint; value: T }[] = [];
  for (const piece of map.pieces) {
    const last = pieces.at(-1);
    if (last !== undefined && isSame(last.value, piece.value)) last.end = piece.end;
    else pieces.push({ ...piece });
  }
  return mapOf(map, pieces);
}

/** One map after another; they must touch. */
export function concatenated<T>(maps: readonly SpanMap<T>[]): SpanMap<T> | undefined {
  const [first] = maps;
  const last = maps.at(-1);
  if (first === undefined || last === undefined) return undefined;
  for (let at = 1; at < maps.length; at++) {
    if (maps[at - 1]!.end !== maps[at]!.start) throw new RangeError('spans of two maps must be adjacent');
  }
  return mapOf(
    { start: first.start, end: last.end },
    maps.flatMap(({ pieces }) => pieces),
  );
}
