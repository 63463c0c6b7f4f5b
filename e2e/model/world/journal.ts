import type { Span } from './calendar.ts';

/** One question to a source and what became of it. */
export interface Call {
  readonly source: string;
  readonly what: 'object' | 'span' | 'list';
  readonly symbol: string;
  /** The name of an archive's file, or the frequency of a listing. */
  readonly name: string;
  readonly span: Span;
  readonly at: number;
  outcome: 'pending' | 'ok' | 'missing' | 'refused' | 'failed' | 'aborted';
  /** Times and closes of the rows of an answer. */
  rows: readonly { readonly at: number; readonly close: number }[];
  /** The part of the span that the answer says nothing of. */
  leftOut?: Span;
}

/** What the sources of one manager were asked, in order. */
export class Journal {
  readonly #calls: Call[] = [];
  #taken = 0;

  add(call: Omit<Call, 'outcome' | 'rows'>): Call {
    const added: Call = { ...call, outcome: 'pending', rows: [] };
    this.#calls.push(added);
    return added;
  }

  /** The calls since it was last asked. */
  take(): readonly Call[] {
    const calls = this.#calls.slice(this.#taken);
    this.#taken = this.#calls.length;
    return calls;
  }
}
