import { expect, it } from '@jest/globals';
import { explore, tableOf } from './scenario/explore.ts';
import { KNOWN_KINDS } from './scenario/known-kinds.ts';
import { shrink } from './scenario/shrink.ts';
import { reproduction } from './scenario/tell.ts';

/** A number of scenarios that one core runs in about 30 seconds: the same ones each time. */
const SCENARIOS = 50;
/** A machine that has other work to do runs fewer: only what hangs is to fail by time. */
const PATIENCE_MS = 150_000;
const FIRST_SEED = Number(process.env['VISION_CACHE_SEED'] ?? 1);

it(`finds nothing new in ${SCENARIOS} made-up markets (seeds from ${FIRST_SEED} on)`, async () => {
  const until = performance.now() + PATIENCE_MS;
  const { done: ran, found } = await explore(FIRST_SEED, (done) => done < SCENARIOS && performance.now() < until);
  const strange = [...found].filter(([kind]) => !KNOWN_KINDS.includes(kind));
  process.stderr.write(`model, ${ran} of ${SCENARIOS} scenarios, seeds from ${FIRST_SEED} on:\n${tableOf(found)}\n`);
  const gone = ran < SCENARIOS ? [] : KNOWN_KINDS.filter((kind) => !found.has(kind));
  if (gone.length > 0) process.stderr.write(`not found any more, to be taken off the list: ${gone.join(', ')}\n`);
  const shown: string[] = [];
  for (const [kind, { scenario }] of strange.slice(0, 3)) {
    const small = await shrink(scenario, kind, 60);
    shown.push(reproduction(small.scenario, small.finding));
  }
  expect(shown.join('\n\n')).toBe('');
});
