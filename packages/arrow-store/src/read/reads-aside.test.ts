import { describe, expect, it } from '@jest/globals';
import { ReadsAside } from './reads-aside.ts';

describe(ReadsAside, () => {
  it('makes room by the reads that still go on, where the oldest have been done for long', async () => {
    const aside = new ReadsAside();
    const ends: (() => void)[] = [];
    const begin = () => {
      aside.add(new Promise((resolve) => ends.push(resolve)));
    };
    while (!aside.isFull) begin();
    ends[0]!();
    await Promise.resolve();
    await Promise.resolve();
    expect(aside.isFull).toBe(false);
    begin();
    expect(aside.isFull).toBe(true);
    let isMade = false;
    const made = aside.makeRoom().then(() => (isMade = true));
    await new Promise(setImmediate);
    expect(isMade).toBe(false);
    ends[1]!();
    await made;
    expect(aside.isFull).toBe(false);
    for (const end of ends) end();
    await aside.settled();
  });

  it('does not wait for reads of others, which it knows nothing of', async () => {
    const [first, second] = [new ReadsAside(), new ReadsAside()];
    const ends: (() => void)[] = [];
    while (!first.isFull) first.add(new Promise((resolve) => ends.push(resolve)));
    await second.makeRoom();
    for (const end of ends) end();
    await first.settled();
  });
});
