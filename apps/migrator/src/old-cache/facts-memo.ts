import { type PathFacts, judge } from './assess.ts';
import type { Inspected } from './inspect-file.ts';
import type { FileFacts, PlanHeader } from '../contract/migration-plan.ts';

type Known = PathFacts & { known: true };

/** What a file has in common with others of its folder: one object while they follow each other. */
export class FactsMemo {
  private readonly header: PlanHeader;
  private of: Known | undefined;
  private container = '';
  private whole = false;
  private facts: FileFacts | undefined;

  constructor(header: PlanHeader) {
    this.header = header;
  }

  read(facts: Known, { container, whole }: Pick<Inspected, 'container' | 'whole'>): FileFacts {
    if (this.facts !== undefined && facts === this.of && container === this.container && whole === this.whole)
      return this.facts;
    this.of = facts;
    this.container = container;
    this.whole = whole;
    const verdict = judge(facts, { container, whole }, this.header);
    return (this.facts = { container, ...verdict, ...nameFacts(this.header, facts) });
  }
}

/** What the path tells, with the market that is assumed where it names none. */
export function nameFacts(
  header: PlanHeader,
  { generations, marketType, symbol, intervals }: Known,
): Pick<FileFacts, 'generations' | 'market' | 'symbol' | 'intervals'> {
  return { generations, market: marketType ?? header.market, symbol, intervals };
}
