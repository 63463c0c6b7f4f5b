import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.ts';

const deferred = () => {
  let settle: { resolve: (value: number) => void; reject: (error: Error) => void } | undefined;
  const promise = new Promise<number>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle! };
};

describe(SingleFlight, () => {
  it('does the same thing once for all who ask meanwhile, and again afterwards', async () => {
    const flights = new SingleFlight<number>();
    const { promise, resolve } = deferred();
    let times = 0;
    const work = async (): Promise<number> => (times++, promise);
    const both = Promise.all([flights.do('a', work), flights.do('a', work)]);
    resolve(1);
    expect(await both).toEqual([1, 1]);
    expect(times).toBe(1);
    expect(flights.size).toBe(0);
    await flights.do('a', work);
    expect(times).toBe(2);
  });

  it('lets one leave without stopping the other', async () => {
    const flights = new SingleFlight<number>();
    const { promise, resolve } = deferred();
    let stopped = false;
    const work = async (signal: AbortSignal): Promise<number> => {
      signal.addEventListener('abort', () => (stopped = true));
      return promise;
    };
    const leaver = new AbortController();
    const left = flights.do('a', work, leaver.signal);
    const stays = flights.do('a', work);
    leaver.abort();
    await expect(left).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(stopped).toBe(false);
    resolve(7);
    expect(await stays).toBe(7);
  });

  it('stops the work when nobody waits any more, and begins anew for the next one', async () => {
    const flights = new SingleFlight<number>();
    let times = 0;
    const work = async (signal: AbortSignal): Promise<number> => {
      times++;
      if (times > 1) return times;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    };
    const leaver = new AbortController();
    const left = flights.do('a', work, leaver.signal);
    leaver.abort();
    await expect(left).rejects.toMatchObject({ code: 'E_ABORTED' });
    expect(await flights.do('a', work)).toBe(2);
  });

  it('gives a failure to all who wait, and keeps nothing of it', async () => {
    const flights = new SingleFlight<number>();
    const { promise, reject } = deferred();
    const both = Promise.allSettled([flights.do('a', () => promise), flights.do('a', () => promise)]);
    reject(new Error('no'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await flights.do('a', () => Promise.resolve(3))).toBe(3);
  });
});
