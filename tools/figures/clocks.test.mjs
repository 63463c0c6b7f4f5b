import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { claimsOnTime } from '../check-clocks.mjs';

describe('a claim on the time by the wall clock', () => {
  it('is found in the claim itself and in what was measured before it', () => {
    const text = `const begun = performance.now();
expect(performance.now() - begun).toBeLessThan(5000);
const took = performance.now() - begun;
expect(took).toBeLessThan(10);
const old = Date.now() - 5;
expect(process.cpuUsage(before).user).toBeLessThan(1_000_000);
expect(waitedMs).toBeLessThan(1000);`;
    assert.deepEqual(claimsOnTime(text), [2, 4]);
  });
});
