// npm run explore -- FROM COUNT [usual | odd | faulty | all] [kinds to shrink]: what markets of other seeds show.
import { explore, PROFILES, tableOf } from './explore.ts';
import type { Profile } from './make-scenario.ts';
import { shrink } from './shrink.ts';
import { reproduction } from './tell.ts';

const [, , from = '1', count = '60', profile = 'all', ...kinds] = process.argv;
const profiles = profile === 'all' ? PROFILES : [profile as Profile];
const started = performance.now();
const { done, found } = await explore(
  Number(from),
  (ready) => ready < Number(count),
  profiles,
  // At once: many seeds take hours.
  (kind, { scenario, finding }, ready) =>
    console.log(`after ${ready}: ${kind}, seed ${scenario.seed}: ${finding.text}`),
);
console.log(tableOf(found));
console.log(`${done} scenarios, ${((performance.now() - started) / done).toFixed(0)} ms each`);
for (const [kind, { scenario }] of found) {
  if (!kinds.some((each) => kind.startsWith(each))) continue;
  const small = await shrink(scenario, kind, 120);
  console.log(`\n${reproduction(small.scenario, small.finding)}`);
}
