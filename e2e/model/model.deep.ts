import { expect, it } from '@jest/globals';
import { explore, tableOf } from './scenario/explore.ts';
import { MOST_FINDINGS_IN_1000, OPEN_FAULTS } from './scenario/open-faults.ts';
import { shrink } from './scenario/shrink.ts';
import { reproduction } from './scenario/tell.ts';

/** About a quarter of an hour; one core is used. */
const SCENARIOS = 1_200;
/** With minutes given, other markets each day, so that not the same ones are looked at again and again. */
const MINUTES = process.env['VISION_CACHE_MODEL_MINUTES'];
const TODAY = Math.floor(Date.now() / 86_400_000) * 100_000;
const FIRST_SEED = Number(process.env['VISION_CACHE_SEED'] ?? (MINUTES === undefined ? 1_000 : TODAY));
const LENGTH = MINUTES === undefined ? `${SCENARIOS} made-up markets` : `${MINUTES} minutes`;

it(
  `finds nothing but what is known to be open in ${LENGTH} (seeds from ${FIRST_SEED} on)`,
  async () => {
    const until = performance.now() + Number(MINUTES ?? 0) * 60_000;
    const goesOn = (count: number): boolean => (MINUTES === undefined ? count < SCENARIOS : performance.now() < until);
    const { done, found } = await explore(FIRST_SEED, goesOn);
    process.stderr.write(`model, ${done} scenarios, seeds from ${FIRST_SEED} on:\n${tableOf(found)}\n`);
    const shown: string[] = [];
    for (const [kind, { scenario }] of found) {
      if (OPEN_FAULTS.includes(kind)) continue;
      const small = await shrink(scenario, kind, 200);
      shown.push(reproduction(small.scenario, small.finding));
    }
    expect(shown.join('\n\n')).toBe('');
    const count = [...found.values()].reduce((sum, each) => sum + each.count, 0);
    expect(count).toBeLessThanOrEqual((done * MOST_FINDINGS_IN_1000) / 1000);
  },
  (Number(MINUTES ?? 15) + 30) * 60_000,
);
