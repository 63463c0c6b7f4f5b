import { makeScenario, type Profile } from './make-scenario.ts';
import type { Finding, Scenario } from './scenario.ts';
import { findings } from './shrink.ts';

export const PROFILES: readonly Profile[] = ['usual', 'odd', 'faulty'];

/** How often a kind of claim did not hold, and where first. */
export interface Found {
  count: number;
  readonly scenario: Scenario;
  readonly finding: Finding;
}

/** Runs scenarios, one after another, until there are enough or the time is over. */
export async function explore(
  from: number,
  goesOn: (done: number) => boolean,
  profiles: readonly Profile[] = PROFILES,
  onFound?: (kind: string, found: Found, done: number) => void,
): Promise<{ readonly done: number; readonly found: ReadonlyMap<string, Found> }> {
  const found = new Map<string, Found>();
  let done = 0;
  for (; goesOn(done); done++) {
    const scenario = makeScenario(from + Math.floor(done / profiles.length), profiles[done % profiles.length]!);
    for (const finding of await findings(scenario)) {
      const known = found.get(finding.kind);
      if (known !== undefined) {
        known.count++;
        continue;
      }
      const first = { count: 1, scenario, finding };
      found.set(finding.kind, first);
      onFound?.(finding.kind, first, done);
    }
  }
  return { done, found };
}

/** The kinds with their counts, the frequent ones first. */
export function tableOf(found: ReadonlyMap<string, Found>): string {
  const lines = [...found].sort((a, b) => b[1].count - a[1].count);
  return lines
    .map(
      ([kind, { count, scenario, finding }]) => `  ${count} ${kind}, first with seed ${scenario.seed}: ${finding.text}`,
    )
    .join('\n');
}
