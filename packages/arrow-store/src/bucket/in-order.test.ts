import { describe, expect, it } from '@jest/globals';
import { inOrder } from './in-order.ts';

/** Work that ends when the test says so. */
function works() {
  const running = new Map<number, () => void>();
  let most = 0;
  return {
    running,
    most: () => most,
    start: (item: number): Promise<number> =>
      new Promise((resolve, reject) => {
        running.set(item, () => {
          running.delete(item);
          if (item === 13) reject(new Error('13'));
          else resolve(item * 10);
        });
        most = Math.max(most, running.size);
      }),
  };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const items = (count: number) => Array.from({ length: count }, (_, item) => item);

async function collect(answers: AsyncIterable<{ readonly answer: number }>): Promise<number[]> {
  const found: number[] = [];
  for await (const { answer } of answers) found.push(answer);
  return found;
}

describe('answers in the order of their items', () => {
  it.each([
    ['by their number', { count: 4, bytes: Number.MAX_SAFE_INTEGER }, 4],
    ['by their bytes', { count: 100, bytes: 30 }, 3],
    ['one at least', { count: 100, bytes: 1 }, 1],
  ])('come with a bounded number on their way, %s', async (_, window, most) => {
    const { running, start, most: found } = works();
    const answers = collect(inOrder(items(12), () => 10, start, window));
    for (let turn = 0; turn < 40; turn++) {
      [...running.values()].at(-1)?.(); // The latest ends first.
      await settle();
    }
    expect(await answers).toEqual(items(12).map((item) => item * 10));
    expect(found()).toBe(most);
  });

  it('leave nothing running when one of them fails', async () => {
    const { running, start } = works();
    const failed = collect(inOrder([13, 1, 2], () => 1, start)).then(
      () => 'no',
      (error: unknown) => `${(error as Error).message} ${running.size}`,
    );
    running.get(13)!();
    await settle();
    for (const end of [...running.values()]) end();
    expect(await failed).toBe('13 0');
  });
});
