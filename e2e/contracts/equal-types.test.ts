import { describe, expect, it } from '@jest/globals';
import type * as store from '@vision-cache/arrow-store';
import type { Dataset } from '@vision-cache/cache-keys';
import type * as engine from '@vision-cache/data-source-manager';
import type * as client from '@vision-cache/vision-client';
import { readFileSync } from 'node:fs';

// By decision 0009 adapters do not import the engine, so that each states the types that both speak. The type check holds
// them equal here; the test below, that none is left out.

/** Whether two types are one and the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Whether an adapter's type has each member of the engine's as the engine states it, and maybe more members. */
type SameMembers<Adapter extends Engine, Engine> = Same<
  Pick<Adapter, keyof Engine & keyof Adapter>,
  Pick<Engine, keyof Engine>
>;
const is = <T extends true>(_claim?: T): void => undefined;

type Statement = 'equal' | 'the adapter answers more' | 'the adapter takes more';

const STATED_TWICE = {
  AbsentFacts: 'equal',
  Asked: 'equal',
  Conflict: 'equal',
  Contribution: 'the adapter answers more',
  EntryFacts: 'the adapter answers more',
  Hole: 'equal',
  KnownFacts: 'the adapter answers more',
  ListedObject: 'equal',
  LoadManyOptions: 'the adapter takes more',
  Loaded: 'the adapter answers more',
  SaveFacts: 'the adapter takes more',
  SaveItem: 'the adapter takes more',
  SaveResult: 'the adapter answers more',
  SourceFacts: 'equal',
} as const satisfies Record<string, Statement>;

is<Same<store.AbsentFacts, engine.AbsentFacts>>();
is<Same<store.Asked, engine.Asked>>();
is<Same<store.Conflict, engine.Conflict>>();
is<Same<store.Hole, engine.Hole>>();
is<Same<store.SourceFacts, engine.SourceFacts>>();
is<Same<client.ListedObject, engine.ListedObject>>();
is<SameMembers<store.Contribution, engine.Contribution>>();
is<SameMembers<store.SaveFacts, engine.SaveFacts>>();
is<SameMembers<Omit<store.EntryFacts, 'contributions'>, Omit<engine.EntryFacts, 'contributions'>>>();
is<SameMembers<Omit<store.SaveItem, 'facts'>, Omit<engine.SaveItem, 'facts'>>>();
is<SameMembers<Pick<store.SaveResult, 'conflicts'>, Pick<engine.SaveResult, 'conflicts'>>>();
is<SameMembers<Pick<store.Loaded, 'batch'>, Pick<engine.Loaded<Dataset>, 'batch'>>>();
is<Same<Exclude<store.KnownFacts, store.EntryFacts>, Exclude<engine.KnownFacts, engine.EntryFacts>>>();
is<store.SaveResult extends engine.SaveResult ? true : false>();
is<store.Loaded extends engine.Loaded<Dataset> ? true : false>();
is<engine.SaveItem extends store.SaveItem ? true : false>();
is<engine.LoadManyOptions extends store.LoadManyOptions ? true : false>();

/** The names that a package's main door exports. */
function namesOf(name: string): ReadonlySet<string> {
  const text = readFileSync(new URL(`../../packages/${name}/src/index.ts`, import.meta.url), 'utf8');
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list = '']) => list.split(','));
  return new Set(lists.map((each) => each.trim().replace(/^type /, '')).filter((each) => each !== ''));
}

describe('types that two doors state', () => {
  it('are all held equal here, and no value is exported twice', () => {
    const doors = ['cache-keys', 'arrow-store', 'vision-client', 'data-source-manager'].map(namesOf);
    const twice = [...new Set(doors.flatMap((door) => [...door]))].filter(
      (name) => doors.filter((door) => door.has(name)).length > 1,
    );
    expect(twice.sort()).toEqual(Object.keys(STATED_TWICE).sort());
  });
});
