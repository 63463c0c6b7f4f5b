import type { OpenQuery } from '@vision-cache/data-source-manager';
import { isDataSourceError } from '@vision-cache/data-source-manager';
import { spanText, text } from '../world/calendar.ts';
import { type Setup, modelOf, unite } from '../setup/setup.ts';
import type { ModelAnswer, Tell } from '../judge/judge-answer.ts';
import { hasBars, placesWithin, type World } from '../world/world.ts';

/** All kinds of gaps, so that none is a reason to throw. */
const KINDS = [
  'not-listed-yet',
  'delisted',
  'not-published-yet',
  'exchange-outage',
  'publisher-hole',
  'no-data',
  'short-file',
  'ended',
  'source-failed',
  'not-cached',
] as const;

/** The same question in other words has the same answer: in parts, among others, with fewer columns, strictly. */
export async function judgeForms(
  world: World,
  { manager }: Setup,
  query: OpenQuery,
  first: ModelAnswer,
  tell: Tell,
): Promise<void> {
  const offline = { mode: 'offline', strict: false } as const;
  const parts: ModelAnswer[] = [];
  for await (const part of manager.segments(query, offline)) parts.push(modelOf(world, part));
  compare(world, 'segments', first, unite(first.span, parts), tell);
  for await (const each of manager.getMany([query, { ...query, end: query.start }], offline)) {
    if (each.error !== undefined) tell('many-threw', String(each.error));
    else if (each.query === query) compare(world, 'many', first, modelOf(world, each), tell);
  }
  const [time, value] = hasBars(world) ? ['open_time', 'close'] : world.nature === 'aggTrades' ? ['transact_time', 'price'] : ['calc_time', 'last_funding_rate']; // prettier-ignore
  for (const columns of [
    [value, time],
    [time, value],
  ]) {
    const answer = await manager.get(query, { ...offline, columns: columns });
    if (Object.keys(answer.batch.columns).length !== 2)
      tell('columns-others', Object.keys(answer.batch.columns).join());
    compare(world, 'columns', first, modelOf(world, answer), tell);
  }
  await judgeRefusals(manager, query, first, tell);
}

/** What is refused throws, and what is allowed does not. */
async function judgeRefusals(
  manager: Setup['manager'],
  query: OpenQuery,
  { gaps }: ModelAnswer,
  tell: Tell,
): Promise<void> {
  const told = new Set(gaps.map(({ kind }) => kind));
  const throws = async (options: object): Promise<string | undefined> => {
    try {
      await manager.get(query, { mode: 'offline', strict: true, ...options });
      return undefined;
    } catch (error) {
      if (isDataSourceError(error, 'E_UNKNOWN_SYMBOL')) return 'E_UNKNOWN_SYMBOL';
      if (isDataSourceError(error, 'E_INCOMPLETE')) return 'E_INCOMPLETE';
      throw error;
    }
  };
  const allowed = await throws({ allow: KINDS });
  if (allowed === 'E_INCOMPLETE') tell('allow-throws', [...told].join());
  if (allowed !== undefined) return;
  for (const kind of told) {
    if ((await throws({ allow: KINDS, refuse: [kind] })) === undefined) tell('refuse-passes', kind);
  }
}

function compare(world: World, word: string, first: ModelAnswer, second: ModelAnswer, tell: Tell): void {
  if (JSON.stringify(first.rows) !== JSON.stringify(second.rows)) {
    tell(`${word}-rows`, `${first.rows.length} and ${second.rows.length} of ${spanText(first.span)}`);
    return;
  }
  const kindOf = ({ gaps }: ModelAnswer, at: number): string =>
    gaps.find(({ start, end }) => at >= start && at < end)?.kind ?? 'rows';
  const other = placesWithin(world, first.span).find((at) => kindOf(first, at) !== kindOf(second, at));
  if (other !== undefined) tell(`${word}-gaps`, `${text(other)}: ${kindOf(first, other)} and ${kindOf(second, other)}`);
  if (first.complete !== second.complete) tell(`${word}-complete`, `${first.complete} and ${second.complete}`);
}
