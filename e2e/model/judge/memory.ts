import type { Call } from '../world/journal.ts';
import type { World } from '../world/world.ts';

/** What one source gave of a place, by the kind of its answer. */
type Given = Record<'day' | 'month' | 'rest', Set<number>>;

/** What one cache has been given, by all managers that share it. */
export class Memory {
  readonly #world: World;
  /** By place and source: closes that were handed over. */
  readonly #given = new Map<number, Map<string, Given>>();
  /** Places of which it is not sure that what was given has been stored. */
  readonly #unsure = new Set<number>();
  /** Places that an answer had, and that the cache could keep. */
  readonly kept = new Set<number>();

  constructor(world: World) {
    this.#world = world;
  }

  note(calls: readonly Call[], isSure: boolean): void {
    for (const call of calls) {
      if (call.symbol !== this.#world.symbol) continue;
      const kind = call.what === 'span' ? 'rest' : call.name.length === 10 ? 'day' : 'month';
      for (const { at, close } of call.rows) {
        const given = this.#givenOf(at, call.source)[kind];
        // Of one giver the later value is the right one, where it has surely been stored.
        if (isSure) given.clear();
        given.add(close);
        if (!isSure) this.#unsure.add(at);
      }
    }
  }

  forget(places: readonly number[]): void {
    for (const at of places) {
      this.kept.delete(at);
      this.#unsure.add(at);
    }
  }

  /** Places that any source gave so far. */
  places(): ReadonlySet<number> {
    return new Set(this.#given.keys());
  }

  isGivenBy(at: number, source: string): boolean {
    return this.#given.get(at)?.has(source) === true;
  }

  /** The values that a row may have: of an archive's day, else of its month, else of REST. */
  valuesOf(at: number): ReadonlySet<number> {
    const all = [...(this.#given.get(at)?.values() ?? [])];
    if (this.#unsure.has(at)) return new Set(all.flatMap(({ day, month, rest }) => [...day, ...month, ...rest]));
    const archives = all.flatMap(({ day, month }) => [...(day.size > 0 ? day : month)]);
    return new Set(archives.length > 0 ? archives : all.flatMap(({ rest }) => [...rest]));
  }

  #givenOf(at: number, source: string): Given {
    let sources = this.#given.get(at);
    if (sources === undefined) this.#given.set(at, (sources = new Map<string, Given>()));
    let given = sources.get(source);
    if (given === undefined) sources.set(source, (given = { day: new Set(), month: new Set(), rest: new Set() }));
    return given;
  }
}
