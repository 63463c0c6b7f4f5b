import { describe, expect, it } from '@jest/globals';
import { mapConcurrent, orderedPrefetch } from './ordered-prefetch.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

describe(orderedPrefetch, () => {
  it('gives results in the order of the items, whichever is ready first', async () => {
    const results = await mapConcurrent([9, 1, 5, 0, 7], async (item) => (await turns(item), item * 2), { ahead: 3 });
    expect(results).toEqual([18, 2, 10, 0, 14]);
  });

  it('begins no more than `ahead`, and nothing further until the consumer takes', async () => {
    const begun: number[] = [];
    const stream = orderedPrefetch([1, 2, 3, 4, 5, 6], async (item) => (begun.push(item), item), { ahead: 2 });
    expect(begun).toEqual([]);
    await stream.next();
    await turns(50);
    expect(begun).toEqual([1, 2]);
    await stream.next();
    expect(begun).toEqual([1, 2, 3]);
    await stream.return();
    expect(begun).toEqual([1, 2, 3]);
  });

  it('tells what is under way to stop when the consumer leaves', async () => {
    const stopped: number[] = [];
    const work = async (item: number, signal: AbortSignal): Promise<number> => {
      if (item === 1) return item;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push(item);
          reject(new Error('stopped'));
        });
      });
    };
    for await (const item of orderedPrefetch([1, 2, 3], work, { ahead: 3 })) {
      expect(item).toBe(1);
      break;
    }
    expect(stopped).toEqual([2, 3]);
  });

  it('throws a failure when its turn comes, after the results before it', async () => {
    const seen: number[] = [];
    const work = async (item: number): Promise<number> => {
      if (item === 3) throw new Error('third');
      await turns(20);
      return item;
    };
    await expect(
      (async () => {
        for await (const item of orderedPrefetch([1, 2, 3, 4], work, { ahead: 4 })) seen.push(item);
      })(),
    ).rejects.toThrow('third');
    expect(seen).toEqual([1, 2]);
  });

  it('stops for its signal', async () => {
    const controller = new AbortController();
    const work = async (item: number): Promise<number> => {
      if (item === 2) controller.abort('enough');
      return item;
    };
    await expect(mapConcurrent([1, 2, 3, 4], work, { ahead: 1, signal: controller.signal })).rejects.toMatchObject({
      code: 'E_ABORTED',
      details: { reason: 'enough' },
    });
  });
});
