import { isoText } from '@vision-cache/cache-keys';
import type { Coverage } from './coverage.ts';

/** A coverage as JSON has it: instants as ISO 8601 text in UTC, ids as decimal text. */
function coverageJson({ span, complete, spans, gaps, missingIds }: Coverage): object {
  const timed = <T extends { readonly start: bigint; readonly end: bigint }>({ start, end, ...rest }: T): object => ({
    start: isoText(start),
    end: isoText(end),
    ...rest,
  });
  return {
    span: timed(span),
    complete,
    spans: spans.map(timed),
    gaps: gaps.map(timed),
    missingIds: missingIds.map(({ from, to, after, before }) => ({
      from: String(from),
      to: String(to),
      ...(after === undefined ? {} : { after: isoText(after) }),
      ...(before === undefined ? {} : { before: isoText(before) }),
    })),
  };
}

/** The coverage with a `toJSON` that shows in no listing of its members. */
export function withJson(coverage: Coverage): Coverage {
  return Object.defineProperty({ ...coverage }, 'toJSON', {
    value(this: Coverage) {
      return coverageJson(this);
    },
    enumerable: false,
  });
}
