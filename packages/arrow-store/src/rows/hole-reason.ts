import type { Hole } from '../contract/entry-facts.ts';

/** What is known of a hole without where it is. */
export function reasonOf({ kind, evidence, asked, believedUntil }: Hole): Omit<Hole, 'start' | 'end'> {
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(asked === undefined ? {} : { asked }),
    ...(believedUntil === undefined ? {} : { believedUntil }),
  };
}
