import { expect, it } from '@jest/globals';
import { explore, tableOf } from './explore.ts';
import { KNOWN_KINDS } from './known-kinds.ts';
import { shrink } from './shrink.ts';
import { reproduction } from './tell.ts';

const MINUTES = Number(process.env['VISION_CACHE_MODEL_MINUTES'] ?? 5);
/** Other markets each day, so that not the same ones are looked at again and again. */
const FIRST_SEED = Number(process.env['VISION_CACHE_SEED'] ?? Math.floor(Date.now() / 86_400_000) * 100_000);

it(
  `finds nothing in ${MINUTES} minutes (seeds from ${FIRST_SEED} on)`,
  async () => {
    const until = performance.now() + MINUTES * 60_000;
    const { done, found } = await explore(FIRST_SEED, () => performance.now() < until);
    process.stderr.write(`model, ${done} scenarios, seeds from ${FIRST_SEED} on:\n${tableOf(found)}\n`);
    const shown: string[] = [];
    for (const [kind, { scenario }] of found) {
      if (KNOWN_KINDS.includes(kind)) continue;
      const small = await shrink(scenario, kind, 200);
      shown.push(reproduction(small.scenario, small.finding));
    }
    expect(shown.join('\n\n')).toBe('');
  },
  (MINUTES + 30) * 60_000,
);
