import { describe, expect, it } from '@jest/globals';
import { createHttp, type Http } from '../http/options.ts';
import { WeightBudget } from './weight-budget.ts';

const URL_A = 'https://fapi.example/klines';
const MINUTE = 60_000;
/** Loaded again, as a program does that has the package as ES module and as CommonJS. */
const OTHER_COPY: string = './weight-budget.ts?copy';

/** A clock that the test sets, and what was waited for on it. */
function world() {
  const state = { now: 1_700_000_010_000, pauses: [] as number[] };
  const now = (): number => state.now;
  const fetch = (async () => new Response('[]')) as typeof globalThis.fetch;
  const http = (): Http =>
    createHttp({
      now,
      fetch,
      sleep: async (milliseconds) => {
        state.pauses.push(milliseconds);
        state.now += milliseconds;
      },
    });
  return { state, http };
}

const told = (weight: string) => ({ get: (name: string) => (name === 'x-mbx-used-weight-1m' ? weight : null) });

describe(WeightBudget.name, () => {
  it('is one for the process, also for another copy of this module', async () => {
    const copy = (await import(OTHER_COPY)) as { WeightBudget: typeof WeightBudget };
    expect(copy.WeightBudget).not.toBe(WeightBudget);
    const { state, http } = world();
    const [here, there] = [new WeightBudget(http(), 'host', 10), new copy.WeightBudget(http(), 'host', 10)];
    await here.take(6, URL_A, undefined);
    await there.take(4, URL_A, undefined);
    expect(state.pauses).toEqual([]);
    await there.take(1, URL_A, undefined);
    expect(state.pauses).toHaveLength(1);
    (await here.take(1, URL_A, undefined))(told('10'));
    await there.take(1, URL_A, undefined);
    expect(state.pauses).toHaveLength(2);
  });

  it('waits no longer than into the next minute after the clock has been set back', async () => {
    const { state, http } = world();
    const budget = new WeightBudget(http(), 'host', 10);
    state.now += 365 * 24 * 60 * MINUTE;
    await budget.take(10, URL_A, undefined);
    state.now -= 365 * 24 * 60 * MINUTE;
    await budget.take(5, URL_A, undefined);
    await budget.take(5, URL_A, undefined);
    expect(state.pauses).toEqual([MINUTE - (1_700_000_010_000 % MINUTE) + 250]);
  });

  it('keeps to its weight in each minute, however many ask at once', async () => {
    let now = 1_700_000_010_000;
    const sleepers: { readonly at: number; readonly wake: () => void }[] = [];
    const http = createHttp({
      now: () => now,
      fetch: async () => new Response('[]'),
      sleep: (milliseconds) => new Promise((wake) => sleepers.push({ at: now + milliseconds, wake })),
    });
    const budgets = [new WeightBudget(http, 'host', 20), new WeightBudget(http, 'host', 20)];
    const taken = new Map<number, number>();
    const work = Promise.all(
      Array.from({ length: 100 }, async (_, each) => {
        await budgets[each % 2]!.take(2, URL_A, undefined);
        const minute = Math.floor(now / MINUTE);
        taken.set(minute, (taken.get(minute) ?? 0) + 2);
      }),
    );
    do {
      await new Promise(setImmediate);
      sleepers.sort((a, b) => a.at - b.at);
      now = Math.max(now, sleepers[0]?.at ?? 0);
      sleepers.shift()?.wake();
    } while (sleepers.length > 0);
    await work;
    expect([...taken.values()]).toEqual(Array(10).fill(20));
  });
});
