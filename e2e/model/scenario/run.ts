import { isDataSourceError } from '@vision-cache/data-source-manager';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Beliefs, noteCalls, sourceHas } from '../judge/belief.ts';
import { DAY, type Span, spanOfName, spanText } from '../world/calendar.ts';
import { type Setup, modelOf, openSetup, queryOf, unite } from '../setup/setup.ts';
import { judgeForms } from './agree.ts';
import type { Call } from '../world/journal.ts';
import { judgeCoverage, judgeRows, type ModelAnswer, type Tell } from '../judge/judge-answer.ts';
import { judgeGaps } from '../judge/judge-gaps.ts';
import { judgeActivity, judgeCalls, judgeProvenance } from '../judge/judge-work.ts';
import { Memory } from '../judge/memory.ts';
import type { Ask, Finding, Scenario, Step, Who } from './scenario.ts';
import { hasBars, isClosed, isOfSpans, placesWithin, publishedSpan, type World } from '../world/world.ts';

const toMs = (instant: bigint): number => Number(instant / 1000n);

/** Kinds of gaps that are remembered: a request that is made again tells them once more without asking anybody. */
const REMEMBERED = ['not-listed-yet', 'delisted', 'exchange-outage', 'publisher-hole', 'no-data', 'short-file'];
/** Kinds that are no reason to throw. */
const EXPECTED = ['not-listed-yet', 'delisted', 'not-published-yet', 'exchange-outage', 'short-file', 'ended'];

interface Outcome {
  readonly answer: ModelAnswer | undefined;
  readonly calls: readonly Call[];
  readonly writes: number;
  readonly code: string | undefined;
}

/** What the cache had before a request. */
interface Before {
  readonly kept: ReadonlySet<number>;
  readonly given: ReadonlySet<number>;
}

/** Runs a scenario in a folder of its own, and says what did not hold. */
export async function runScenario(scenario: Scenario): Promise<Finding[]> {
  const root = await mkdtemp(join(tmpdir(), 'vision-cache-model-'));
  try {
    return await new ScenarioRun(scenario, root).run();
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

class ScenarioRun {
  readonly #scenario: Scenario;
  readonly #world: World;
  readonly #root: string;
  readonly #findings: Finding[] = [];
  readonly #memory: Memory;
  readonly #beliefs: Beliefs;
  #now: number;
  #sources: Record<Who, string[]>;
  #setups: Record<Who, Setup>;
  #cannotStore = false;
  #step = 0;

  constructor(scenario: Scenario, root: string) {
    this.#scenario = scenario;
    this.#world = scenario.world;
    this.#root = root;
    this.#now = scenario.world.now;
    this.#sources = { a: [...scenario.sources], b: [...(scenario.others ?? scenario.sources)] };
    this.#memory = new Memory(this.#world);
    this.#beliefs = new Beliefs(this.#world);
    this.#setups = { a: this.#open('a'), b: this.#open('b') };
  }

  async run(): Promise<Finding[]> {
    for (const step of this.#scenario.steps) {
      this.#step++;
      await this.#take(step);
    }
    this.#step++;
    await this.#sixtyDaysLater();
    return this.#findings;
  }

  #open(who: Who): Setup {
    return openSetup(this.#root, this.#world, this.#sources[who], () => this.#now);
  }

  /** The first of each kind: what follows from it is no news. */
  readonly #tell: Tell = (kind, text) => {
    if (this.#findings.every((finding) => finding.kind !== kind)) this.#findings.push({ kind, text, step: this.#step });
  };

  async #take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.#now += step.ms;
        return;
      case 'restart':
        this.#setups = { a: this.#open('a'), b: this.#open('b') };
        return;
      case 'add':
        for (const of of Object.values(this.#sources)) if (!of.includes(step.source)) of.push(step.source);
        this.#setups = { a: this.#open('a'), b: this.#open('b') };
        return;
      case 'damage':
        this.#damage(step.entry);
        return;
      case 'cannot-store':
        this.#cannotStore = step.is;
        return;
      case 'audit':
      case 'reconcile':
        return;
      case 'ask':
        await this.#ask(step);
    }
  }

  async #ask(ask: Ask): Promise<void> {
    const before = { kept: new Set(this.#memory.kept), given: this.#memory.places() };
    const setup = this.#setups[ask.who];
    const other: Who = ask.who === 'a' ? 'b' : 'a';
    const twinSetup = this.#setups[other];
    const salt = `${this.#scenario.seed} ${this.#step}`;
    const twin = ask.twin === undefined ? undefined : { ...ask, who: other, span: ask.twin, by: 'whole' as const };
    const [own, others] = await Promise.all([
      this.#request(setup, ask, `${salt} own`),
      twin === undefined ? undefined : this.#request(twinSetup, twin, `${salt} twin`),
    ]);
    const isSure = !this.#cannotStore && own.answer !== undefined && own.answer.warnings.length === 0;
    const isAlone = others === undefined;
    for (const outcome of others === undefined ? [own] : [own, others])
      this.#memory.note(outcome.calls, isSure && isAlone);
    if (!isAlone) {
      // What two have fetched at a time may be stored in either order; each giver keeps its rank.
      for (const { calls } of [own, others]) noteCalls(this.#beliefs, this.#world, calls);
    }
    const calls = [...own.calls, ...(others?.calls ?? [])];
    for (const [outcome, span] of [
      [own, ask.span],
      [others, ask.twin],
    ] as const) {
      if (outcome === undefined || span === undefined) continue;
      const who = outcome === own ? ask.who : other;
      this.#judge({ ...ask, who, span }, outcome, calls, before, isAlone);
    }
    for (const { answer } of others === undefined ? [own] : [own, others]) {
      if (answer !== undefined && isSure && answer.warnings.length === 0) {
        for (const { at } of answer.rows) this.#memory.kept.add(at);
      }
    }
    noteCalls(this.#beliefs, this.#world, own.calls);
    if (own.answer === undefined || !isAlone || ask.mode === 'offline' || !isSure) return;
    await this.#again(ask, own.answer, own.calls);
  }

  #judge(ask: Ask, outcome: Outcome, calls: readonly Call[], before: Before, isAlone: boolean): void {
    const { answer, code } = outcome;
    if (answer === undefined) {
      if (code === 'expected' || (code === 'E_ABORTED' && ask.abortAt !== undefined)) return;
      this.#tell(`threw-${code ?? 'unknown'}`, `${ask.mode} ${ask.by} ${spanText(ask.span)}`);
      return;
    }
    judgeRows(this.#world, this.#memory, answer, this.#now, this.#tell);
    judgeCoverage(this.#world, answer, this.#tell);
    const around = {
      world: this.#world,
      now: this.#now,
      sources: this.#sources[ask.who],
      mode: ask.mode,
      beliefs: this.#beliefs,
    };
    judgeGaps({ ...around, calls }, answer, this.#tell);
    if (!isAlone || this.#cannotStore) return;
    if (ask.by === 'whole') {
      judgeCalls(this.#world, before.kept, ask.span, ask.mode, outcome.calls, this.#tell);
      if (ask.mode !== 'offline') judgeActivity(this.#world, answer, outcome.calls, this.#now, this.#tell);
    }
    judgeProvenance(this.#world, before.given, this.#memory, answer, outcome.calls, this.#tell);
  }

  /** The same once more, in a new process and by the cache alone. */
  async #again(ask: Ask, first: ModelAnswer, firstCalls: readonly Call[]): Promise<void> {
    const isOpen = first.gaps.some(
      (gap) =>
        !REMEMBERED.includes(gap.kind) &&
        // Where rows have no grid, of a minute that has just gone by more may come, and of all time that has none yet.
        (!hasBars(this.#world) || placesWithin(this.#world, gap).some((at) => isClosed(this.#world, at, this.#now))),
    );
    const isWell = !firstCalls.some(
      ({ outcome, leftOut }) => outcome === 'failed' || outcome === 'aborted' || leftOut !== undefined,
    );
    const setup = this.#open(ask.who);
    const offline = await this.#request(setup, { ...ask, mode: 'offline', faults: 0 }, 'offline', true);
    this.#compare('offline', first, offline, true);
    if (offline.answer !== undefined) {
      const query = queryOf(this.#world, ask.span);
      await judgeForms(this.#world, setup, query, offline.answer, this.#tell);
      const { calls, writes } = this.#done(setup);
      if (calls.length + writes > 0) this.#tell('forms-act', `${calls.length} calls, ${writes} writes`);
      if (!isOpen && isWell) await this.#planned(setup, query);
    }
    if (isOpen || !isWell) return;
    const again = await this.#request(setup, { ...ask, mode: 'fill', faults: 0 }, 'again', true);
    noteCalls(this.#beliefs, this.#world, again.calls);
    this.#memory.note(again.calls, true);
    if (again.calls.length > 0) {
      const [{ source, what, name, span }] = again.calls as [Call];
      this.#tell('again-asks', `${source} for ${what} ${name} ${spanText(span)} (${again.calls.length} calls)`);
    }
    if (again.writes > 0) this.#tell('again-writes', `${again.writes} times`);
    this.#compare('again', first, again, false);
  }

  /** What was asked or written since it was last looked at. */
  #done({ around, door }: Setup): { readonly calls: readonly Call[]; readonly writes: number } {
    const writes = door.writes;
    door.writes = 0;
    return { calls: around.journal.take(), writes };
  }

  /** Where nobody has to be asked a plan has nothing to ask, and says so without a fetch. */
  async #planned(setup: Setup, query: ReturnType<typeof queryOf>): Promise<void> {
    const plan = await setup.manager.plan(query);
    const { calls, writes } = this.#done(setup);
    const fetched = calls.filter(({ what }) => what !== 'list');
    if (fetched.length + writes > 0) this.#tell('plan-acts', `${fetched.length} calls, ${writes} writes`);
    if (plan.certain.length > 0) this.#tell('plan-asks', `${plan.certain.length} steps, ${plan.requests} requests`);
  }

  #compare(word: string, first: ModelAnswer, second: Outcome, isOffline: boolean): void {
    const { answer } = second;
    if (answer === undefined) {
      this.#tell(`${word}-threw-${second.code ?? 'unknown'}`, spanText(first.span));
      return;
    }
    if (isOffline && second.calls.length + second.writes > 0) {
      this.#tell('offline-acts', `${second.calls.length} calls, ${second.writes} writes`);
    }
    // What failed in one segment may have come with the file that a later one asked for.
    const known = new Set(first.rows.map(({ at }) => at));
    const hadFailed = (at: number): boolean =>
      first.gaps.some(({ kind, start, end }) => kind === 'source-failed' && at >= start && at < end);
    const rows = isOffline ? answer.rows.filter(({ at }) => known.has(at) || !hadFailed(at)) : answer.rows;
    if (JSON.stringify(first.rows) !== JSON.stringify(rows)) {
      this.#tell(`${word}-rows`, `${first.rows.length} rows, then ${answer.rows.length} of ${spanText(first.span)}`);
      return;
    }
    const kinds = (gaps: ModelAnswer['gaps']): string[] =>
      placesWithin(this.#world, first.span).map((at) => {
        const kind = gaps.find(({ start, end }) => at >= start && at < end)?.kind ?? 'rows';
        return isOffline && ![...REMEMBERED, 'rows'].includes(kind) ? 'open' : kind;
      });
    const [was, is] = [kinds(first.gaps), kinds(answer.gaps)];
    const places = placesWithin(this.#world, first.span);
    const index = was.findIndex((kind, place) => kind !== is[place] && kind !== 'open');
    if (index !== -1) {
      const at = places[index]!;
      this.#tell(`${word}-gaps`, `${new Date(at).toISOString()} was ${was[index]!}, is ${is[index]!}`);
      return;
    }
    const bounds = (gaps: ModelAnswer['gaps']): string => gaps.map((gap) => `${gap.kind} ${spanText(gap)}`).join(', ');
    if (!isOffline && bounds(first.gaps) !== bounds(answer.gaps)) {
      this.#tell(`${word}-bounds`, `${bounds(first.gaps)} became ${bounds(answer.gaps)}`);
    }
  }

  async #request(setup: Setup, ask: Ask, salt: string, isQuiet = false): Promise<Outcome> {
    const { around, door, manager } = setup;
    door.cannotStore = this.#cannotStore;
    around.faults = { rate: ask.faults, salt };
    const stop = new AbortController();
    let calls = 0;
    around.onCall =
      ask.abortAt === undefined || isQuiet
        ? undefined
        : () => {
            if (++calls === ask.abortAt) stop.abort();
          };
    around.journal.take();
    const writes = door.writes;
    const query = queryOf(this.#world, ask.span);
    const strict = ask.strict === true && !isQuiet;
    const options = { strict, mode: ask.mode, signal: stop.signal };
    let answer: ModelAnswer | undefined;
    let code: string | undefined;
    try {
      if (ask.by === 'whole') {
        answer = modelOf(this.#world, await manager.get(query, options));
        const refused = answer.gaps.find(({ kind }) => !EXPECTED.includes(kind));
        if (strict && refused !== undefined) this.#tell('strict-passes', `${refused.kind} ${spanText(refused)}`);
      } else {
        const parts: ModelAnswer[] = [];
        for await (const part of manager.segments(query, options)) parts.push(modelOf(this.#world, part));
        answer = unite(ask.span, parts);
      }
    } catch (error) {
      code = (error as { code?: string }).code ?? String(error);
      if (isDataSourceError(error, 'E_INCOMPLETE') && strict) {
        const { gaps } = error.details.coverage;
        if (gaps.every(({ kind }) => EXPECTED.includes(kind)))
          this.#tell('strict-throws', gaps.map(({ kind }) => kind).join());
        this.#noteRefused(
          ask.who,
          gaps.map(({ start, end, kind }) => ({ start: toMs(start), end: toMs(end), kind })),
        );
        answer = undefined;
        code = 'expected';
      }
      // Of a name that nobody knows nothing is answered.
      if (isDataSourceError(error, 'E_UNKNOWN_SYMBOL') && strict && !this.#isKnown(ask.who)) code = 'expected';
    }
    around.onCall = undefined;
    return { answer, calls: around.journal.take(), writes: door.writes - writes, code };
  }

  /** What an answer that was refused told of is believed as well. */
  #noteRefused(who: Who, gaps: readonly (Span & { readonly kind: string })[]): void {
    for (const gap of gaps) {
      for (const at of placesWithin(this.#world, gap)) {
        for (const source of this.#sources[who]) {
          if (!sourceHas(this.#world, source, at, this.#now))
            this.#beliefs.told(source, at, gap.kind, this.#now, false);
        }
      }
    }
  }

  #isKnown(who: Who): boolean {
    const { rest, archives } = this.#world;
    const isListed = archives.some(
      (archive) =>
        this.#sources[who].includes(archive.name) && publishedSpan(this.#world, archive, this.#now) !== undefined,
    );
    const isTraded =
      rest !== undefined &&
      isOfSpans(this.#world, rest.name) &&
      this.#sources[who].includes(rest.name) &&
      this.#now < (rest.refusesFrom ?? Infinity);
    return isListed || isTraded;
  }

  /** All is well again: of what the sources have had all the time nothing is missing. */
  async #sixtyDaysLater(): Promise<void> {
    this.#now += 60 * DAY;
    this.#cannotStore = false;
    const { world } = this.#scenario;
    const all = [...world.archives.map(({ name }) => name), ...(world.rest === undefined ? [] : [world.rest.name])];
    this.#sources = { a: all, b: all };
    this.#setups = { a: this.#open('a'), b: this.#open('b') };
    const spans = this.#scenario.steps.flatMap((step) => (step.do === 'ask' ? [step.span] : []));
    if (spans.length === 0) return;
    const span: Span = {
      start: Math.min(...spans.map(({ start }) => start)),
      end: Math.max(...spans.map(({ end }) => end)),
    };
    await this.#ask({ do: 'ask', who: 'a', span, mode: 'fill', by: 'whole', faults: 0 });
  }

  #damage(entry: number): void {
    const files = readdirSync(this.#root, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && file.name.endsWith('.arrow') && /\d{4}-\d\d/.test(file.name))
      .map((file) => join(file.parentPath, file.name))
      .sort();
    if (files.length === 0) return;
    const path = files[entry % files.length]!;
    const name = /\d{4}-\d\d(-\d\d)?/.exec(basename(path))![0];
    truncateSync(path, Math.floor(statSync(path).size / 2));
    this.#memory.forget(placesWithin(this.#world, spanOfName(name)));
  }
}
