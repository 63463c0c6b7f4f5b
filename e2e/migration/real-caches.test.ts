import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readArrowFile } from '@vision-cache/arrow-store';
import { type Outcome, apply, openPlan, outcomes, plan, rollback, verify } from '@vision-cache/migrator';
import { describe, expect, it } from '@jest/globals';
import { REAL, copyTree, hasReal, scratch, treeOf } from './old-cache.fixture.ts';

interface Variant {
  readonly id: string;
  readonly expect: string;
  readonly canon: string | null;
  readonly rows?: number;
}

/** Which fate each word of the manifest is. */
const FATES: Readonly<Record<string, readonly string[]>> = {
  migrate: ['migrated'],
  'migrate-parquet': ['migrated'],
  'migrate-other': ['migrated'],
  split: ['split'],
  relabel: ['relabelled'],
  'migrate-conflict': ['with-conflicts'],
  'migrate-incomplete': ['partial'],
  'migrate-partial-columns': ['degraded'],
  'migrate-lossy': ['lossy'],
  quarantine: ['refused'],
  reject: ['refused'],
  'detect-by-checksum-or-ohlc': ['refused'],
};

const repr = (value: number): string => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`);

/** SHA-256 of the canonical text of entries, one after the other. */
async function canonical(root: string, paths: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const path of paths) {
    const { columns: c, numRows } = await readArrowFile<never>(join(root, path));
    const columns = c as unknown as Record<string, Float64Array>;
    for (let row = 0; row < numRows; row++) {
      const floats = [
        'open',
        'high',
        'low',
        'close',
        'volume',
        'quote_volume',
        'taker_buy_volume',
        'taker_buy_quote_volume',
      ];
      lines.push(
        [columns['open_time']![row], ...floats.map((name) => repr(columns[name]![row]!)), columns['count']![row]].join(
          ',',
        ),
      );
    }
  }
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

const variants: Variant[] = hasReal
  ? (JSON.parse(readFileSync(join(REAL, 'legacy-variants/manifest.json'), 'utf8')) as { variants: Variant[] }).variants
  : [];

function expectBalance(all: readonly Outcome[]): void {
  for (const { rowsIn, rowsOut, duplicates, refused } of all) expect(rowsIn).toBe(rowsOut + duplicates + refused);
}

(hasReal ? describe : describe.skip)('every form of one real day', () => {
  it.each(variants.filter(({ expect: word }) => word !== 'report-skip'))('$id: $expect', async (variant) => {
    const { path, remove } = scratch();
    try {
      const [from, to, out] = [join(path, 'old'), join(path, 'new'), join(path, 'plan')];
      copyTree(join(REAL, 'legacy-variants', variant.id), from);
      const before = treeOf(from);
      plan({ from, to, out });
      const summary = await apply({ plan: out, oldFiles: 'remove' });
      expect(summary.success + summary.failed + summary.skipped).toBe(1);
      const { outcome } = [...outcomes(openPlan(out))][0]!;
      expect(FATES[variant.expect]).toContain(outcome.fate);
      expectBalance([outcome]);
      if (variant.canon !== null) {
        expect(outcome.targets).toHaveLength(1);
        expect(
          await canonical(
            to,
            outcome.targets.map((target) => target.path),
          ),
        ).toBe(variant.canon);
      }
      if (outcome.fate === 'refused') expect(treeOf(from, /^\.vision-cache/)).toEqual(before);
      else expect(verify({ plan: out })).toMatchObject({ success: 1, failed: 0 });
      expect((await rollback({ plan: out })).findings).toEqual([]);
      expect(treeOf(from)).toEqual(before);
    } finally {
      remove();
    }
  });

  it('leaves noise alone, and lists it', async () => {
    const { path, remove } = scratch();
    try {
      const [from, out] = [join(path, 'old'), join(path, 'plan')];
      copyTree(join(REAL, 'legacy-variants/H-noise'), from);
      const before = treeOf(from);
      expect(plan({ from, to: join(path, 'new'), out }).totals.files).toBe(0);
      expect(await apply({ plan: out })).toMatchObject({ success: 0, failed: 0, skipped: 0, files: 0 });
      expect(treeOf(from)).toEqual(before);
    } finally {
      remove();
    }
  });
});

const trees = hasReal ? readdirSync(join(REAL, 'legacy-trees')) : [];

(hasReal ? describe : describe.skip)('whole old caches', () => {
  it.each(
    trees.flatMap(
      (tree) =>
        [
          [tree, 'another root'],
          [tree, 'its own root'],
        ] as const,
    ),
  )('%s into %s', async (tree, where) => {
    const { path, remove } = scratch();
    try {
      const [from, out] = [join(path, 'old'), join(path, 'plan')];
      const to = where === 'its own root' ? from : join(path, 'new');
      copyTree(join(REAL, 'legacy-trees', tree), from);
      const before = treeOf(from);
      plan({ from, to, out });
      const summary = await apply({ plan: out, oldFiles: 'remove' });
      expect(summary).toMatchObject({ failed: 0, files: summary.success + summary.skipped });
      expect(summary.rows.in).toBeGreaterThan(0);
      expectBalance([...outcomes(openPlan(out))].map(({ outcome }) => outcome));
      expect(verify({ plan: out })).toMatchObject({ failed: 0, rows: summary.rows.out });
      await rollback({ plan: out });
      expect(treeOf(from)).toEqual(before);
    } finally {
      remove();
    }
  });

  it('all generations under one root', async () => {
    const { path, remove } = scratch();
    try {
      const [from, out] = [join(path, 'old'), join(path, 'plan')];
      for (const tree of trees) copyTree(join(REAL, 'legacy-trees', tree), from);
      const before = treeOf(from);
      plan({ from, to: from, out });
      const summary = await apply({ plan: out });
      const all = [...outcomes(openPlan(out))];
      expect(summary.success + summary.failed + summary.skipped).toBe(all.length);
      expectBalance(all.map(({ outcome }) => outcome));
      // Generations that hold the same day agree, or the report says where they do not.
      for (const { outcome } of all.filter(({ outcome: { fate } }) => fate === 'conflict'))
        expect(outcome.conflicts?.length).toBeGreaterThan(0);
      expect(verify({ plan: out }).failed).toBe(0);
      await rollback({ plan: out });
      expect(treeOf(from)).toEqual(before);
    } finally {
      remove();
    }
  });
});
