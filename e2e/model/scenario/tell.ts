import { spanText, text } from '../world/calendar.ts';
import type { Finding, Scenario } from './scenario.ts';

/** A scenario and what it shows, as short as it can be said; the JSON makes it again. */
export function reproduction(scenario: Scenario, finding: Finding): string {
  const { world, sources, others, steps } = scenario;
  const archives = world.archives.map(
    ({ name, hasListing, has, comes, missing, short, shift, revised, delay }) =>
      `  archive ${name}${hasListing ? '' : ' (no listing)'} from ${text(has.start)}${
        has.end < Date.UTC(2099, 0) ? ` to ${text(has.end)}` : ''
      }, days after ${delay.daily / 3_600_000} h, months after ${delay.monthly / 86_400_000} d${list('missing', missing)}${list(
        'late',
        Object.entries(comes).map(([file, at]) => `${file} ${text(at)}`),
      )}${list(
        'short',
        Object.entries(short).map(([file, spans]) => `${file} ${spans.map(spanText).join(' ')}`),
      )}${list('shifted', Object.keys(shift))}${list('anew', Object.keys(revised))}`,
  );
  const { rest } = world;
  return [
    `${finding.kind}: ${finding.text} (step ${finding.step})`,
    `  seed ${scenario.seed}, ${world.nature} ${world.interval}, it is ${new Date(world.now).toISOString()}, sources ${sources.join(', ')}${others === undefined ? '' : `, of b ${others.join(', ')}`}`,
    `  traded ${world.lives.map(spanText).join(', ')}${list('own outages', world.ownOutages.map(spanText))}${list(
      'outages of the market',
      world.marketOutages.map(spanText),
    )}`,
    ...archives,
    ...(rest === undefined
      ? []
      : [
          `  rest${rest.behind === 0 ? '' : `, ${rest.behind} bars behind`}${
            rest.refusesFrom === undefined ? '' : `, refuses from ${text(rest.refusesFrom)} on`
          }${rest.most === undefined ? '' : `, at most ${rest.most} rows at a time`}${list('lacks', rest.lacks.map(spanText))}`,
        ]),
    ...steps.map((step, index) => {
      if (step.do === 'wait') return `  ${index + 1}. wait ${step.ms / 3_600_000} h`;
      if (step.do !== 'ask') return `  ${index + 1}. ${JSON.stringify(step)}`;
      const { span, twin, mode, by, who, faults, abortAt, strict } = step;
      return `  ${index + 1}. ${who} asks ${mode} ${by} ${spanText(span)}${faults === 0 ? '' : `, faults ${faults}`}${
        abortAt === undefined ? '' : `, stopped at call ${abortAt}`
      }${strict === true ? ', strict' : ''}${twin === undefined ? '' : `, the other asks ${spanText(twin)} meanwhile`}`;
    }),
    `  ${JSON.stringify(scenario)}`,
  ].join('\n');
}

const list = (word: string, items: readonly string[]): string =>
  items.length === 0 ? '' : `, ${word}: ${items.join(', ')}`;
