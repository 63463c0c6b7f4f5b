import type { Asked } from '../contract/entry-facts.ts';

/** A question and its answer as JSON holds it: times as decimal digits. */
export interface AskedText {
  readonly source: string;
  readonly object?: string;
  readonly span?: readonly [start: string, end: string];
  readonly outcome: Asked['outcome'];
}

export const askedText = ({ source, object, span, outcome }: Asked): AskedText => ({
  source,
  ...(object === undefined ? {} : { object }),
  ...(span === undefined ? {} : { span: [String(span.start), String(span.end)] as const }),
  outcome,
});

export const askedFrom = ({ source, object, span, outcome }: AskedText): Asked => ({
  source,
  ...(object === undefined ? {} : { object }),
  ...(span === undefined ? {} : { span: { start: BigInt(span[0]), end: BigInt(span[1]) } }),
  outcome,
});
