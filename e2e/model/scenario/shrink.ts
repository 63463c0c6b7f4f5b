import { DAY, HOUR, type Span } from '../world/calendar.ts';
import { runScenario } from './run.ts';
import type { Finding, Scenario, Step } from './scenario.ts';
import type { ArchiveWorld, World } from '../world/world.ts';

/** A smaller scenario in which a claim of the same kind does not hold either. */
export async function shrink(
  scenario: Scenario,
  kind: string,
  most: number,
): Promise<{ scenario: Scenario; finding: Finding }> {
  let tries = 0;
  const findingOf = async (candidate: Scenario): Promise<Finding | undefined> => {
    tries++;
    return (await findings(candidate)).find((finding) => finding.kind === kind);
  };
  let best = scenario;
  let finding = await findingOf(scenario);
  if (finding === undefined) throw new Error(`seed ${scenario.seed}: ${kind} was not found again`);
  for (let isSmaller = true; isSmaller && tries < most;) {
    isSmaller = false;
    for (const candidate of smaller(best)) {
      if (tries >= most) break;
      const found = await findingOf(candidate);
      if (found === undefined) continue;
      best = candidate;
      finding = found;
      isSmaller = true;
      break;
    }
  }
  return { scenario: best, finding };
}

/** What a scenario shows; one that cannot be run shows that. */
export async function findings(scenario: Scenario): Promise<Finding[]> {
  try {
    return await runScenario(scenario);
  } catch (error) {
    return [{ kind: 'crash', step: 0, text: error instanceof Error ? (error.stack ?? error.message) : String(error) }];
  }
}

function* smaller(scenario: Scenario): Generator<Scenario> {
  const { steps, world } = scenario;
  if (steps.length > 2) {
    yield { ...scenario, steps: steps.slice(0, Math.ceil(steps.length / 2)) };
    yield { ...scenario, steps: steps.slice(Math.floor(steps.length / 2)) };
  }
  if (scenario.others !== undefined) {
    const { others: _, ...same } = scenario;
    yield same;
  }
  if (steps.length > 1) for (const step of steps) yield { ...scenario, steps: steps.filter((each) => each !== step) };
  for (const simple of simplerWorlds(world)) {
    const names = [
      ...simple.archives.map(({ name }) => name),
      ...(simple.rest === undefined ? [] : [simple.rest.name]),
    ];
    if (names.length === 0) continue;
    const sources = scenario.sources.filter((name) => names.includes(name));
    const { others, ...same } = scenario;
    const left = others?.filter((name) => names.includes(name)) ?? [];
    const ofB = left.length === 0 ? {} : { others: left };
    yield { ...same, ...ofB, world: simple, sources: sources.length === 0 ? names : sources };
  }
  for (const step of steps) {
    for (const simple of simplerSteps(step))
      yield { ...scenario, steps: steps.map((each) => (each === step ? simple : each)) };
  }
}

function* simplerSteps(step: Step): Generator<Step> {
  if (step.do === 'wait' && step.ms > DAY) yield { ...step, ms: Math.floor(step.ms / DAY / 2) * DAY || DAY };
  if (step.do !== 'ask') return;
  const { twin, abortAt, strict, ...plain } = step;
  if (twin !== undefined || abortAt !== undefined || strict !== undefined) yield plain;
  if (step.faults > 0) yield { ...step, faults: 0 };
  if (step.by === 'segments') yield { ...step, by: 'whole' };
  if (step.mode !== 'fill') yield { ...step, mode: 'fill' };
  for (const span of smallerSpans(step.span)) yield { ...step, span };
  if (twin !== undefined) for (const span of smallerSpans(twin)) yield { ...step, twin: span };
}

function* smallerSpans({ start, end }: Span): Generator<Span> {
  const unit = end - start > 2 * DAY ? DAY : HOUR;
  const half = Math.floor((end - start) / 2 / unit) * unit;
  if (half > 0) {
    yield { start: start + half, end };
    yield { start, end: start + half };
  }
  if (end - start > unit) {
    yield { start: start + unit, end };
    yield { start, end: end - unit };
  }
}

function* simplerWorlds(world: World): Generator<World> {
  if (world.rest !== undefined) yield { ...world, rest: undefined };
  for (const archive of world.archives) {
    yield { ...world, archives: world.archives.filter((each) => each !== archive) };
  }
  for (const list of ['marketOutages', 'ownOutages', 'lives'] as const) {
    const least = list === 'lives' ? 1 : 0;
    if (world[list].length <= least) continue;
    for (const span of world[list]) yield { ...world, [list]: world[list].filter((each) => each !== span) };
  }
  if (world.rest !== undefined && world.rest.behind > 0) yield { ...world, rest: { ...world.rest, behind: 0 } };
  if (world.rest?.most !== undefined) {
    const { most: _, ...rest } = world.rest;
    yield { ...world, rest };
  }
  if (world.rest !== undefined && world.rest.lacks.length > 0) yield { ...world, rest: { ...world.rest, lacks: [] } };
  if (world.rest?.refusesFrom !== undefined) {
    const { refusesFrom: _, ...rest } = world.rest;
    yield { ...world, rest };
  }
  for (const archive of world.archives) {
    for (const simple of simplerArchives(archive))
      yield { ...world, archives: world.archives.map((each) => (each === archive ? simple : each)) };
  }
}

function* simplerArchives(archive: ArchiveWorld): Generator<ArchiveWorld> {
  for (const list of ['comes', 'short', 'shift', 'revised'] as const) {
    const names = Object.keys(archive[list]);
    if (names.length > 1) yield { ...archive, [list]: {} };
    for (const name of names) {
      yield { ...archive, [list]: Object.fromEntries(Object.entries(archive[list]).filter(([each]) => each !== name)) };
    }
  }
  if (archive.missing.length > 1) yield { ...archive, missing: [] };
  for (const name of archive.missing) yield { ...archive, missing: archive.missing.filter((each) => each !== name) };
  if (!archive.hasListing) yield { ...archive, hasListing: true };
}
