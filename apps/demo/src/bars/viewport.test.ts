import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clampViewport, pan, zoom } from './viewport.ts';

const limits = { first: 0, last: 1000, shortest: 10 };

describe(clampViewport, () => {
  it('leaves what is in sight alone', () => {
    expect(clampViewport({ from: 100, to: 200 }, limits)).toEqual({ from: 100, to: 200 });
  });

  it('comes back from beyond the ends', () => {
    expect(clampViewport({ from: -500, to: -400 }, limits)).toEqual({ from: -25, to: 75 });
    expect(clampViewport({ from: 5000, to: 5100 }, limits)).toEqual({ from: 925, to: 1025 });
  });

  it('zooms no further out than everything', () => {
    const { from, to } = clampViewport({ from: -10_000, to: 10_000 }, limits);
    expect(to - from).toBe(1500);
    expect(from).toBeLessThanOrEqual(0);
    expect(to).toBeGreaterThanOrEqual(1000);
  });

  it('always shows some of the data', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (from, span) => {
        const view = clampViewport({ from, to: from + span }, limits);
        expect(view.to).toBeGreaterThan(limits.first);
        expect(view.from).toBeLessThan(limits.last);
        expect(view.to - view.from).toBeGreaterThanOrEqual(limits.shortest - 1e-6);
      }),
    );
  });
});

describe(zoom, () => {
  it('keeps the anchor where it is', () => {
    const view = zoom({ from: 0, to: 100 }, 0.5, 25);
    expect(view).toEqual({ from: 12.5, to: 62.5 });
    expect((25 - view.from) / (view.to - view.from)).toBe(0.25);
  });
});

describe(pan, () => {
  it('moves both ends', () => {
    expect(pan({ from: 10, to: 20 }, -5)).toEqual({ from: 5, to: 15 });
  });
});
