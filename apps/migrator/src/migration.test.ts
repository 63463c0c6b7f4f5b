import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnifiedCacheManager, acquireRoot, readArrowFile } from '@vision-cache/arrow-store';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { barsOf, oldFile, put, scratch, treeOf } from './__fixtures__/old-cache.fixture.ts';
import {
  apply, finish, leftAlone, openPlan, outcomes, plan, previewApply, rollback, status, verify,
} from './index.ts'; // prettier-ignore

let base: ReturnType<typeof scratch>;
let from: string;
let to: string;
let out: string;
beforeEach(() => {
  base = scratch();
  from = join(base.path, 'old');
  to = join(base.path, 'new');
  out = join(base.path, 'migration.plan');
});
afterEach(() => base.remove());

const OLD = 'BTCUSDT/1h/2024-01-01.arrow';
const NEW = 'binance/spot/klines/daily/BTCUSDT/1h/2024-01-01.arrow';
const fates = () => Object.fromEntries([...outcomes(openPlan(out))].map(({ file, outcome }) => [file.file, outcome]));
/** Without the records of how it came about, which differ after a stop. */
const dataOf = (root: string) => treeOf(root, /^\.vision-cache\/journal/);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe(plan, () => {
  it('changes nothing, and says the same twice', async () => {
    put(from, OLD, await oldFile({}));
    const before = treeOf(from);
    const first = plan({ from, to, out });
    const bytes = readFileSync(out, 'utf8');
    expect(plan({ from, to, out }).id).toBe(first.id);
    expect(readFileSync(out, 'utf8')).toBe(bytes);
    expect(treeOf(from)).toEqual(before);
    expect(existsSync(to)).toBe(false);
  });

  it('counts old files, and lists what is none', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSDT/1h/2024-01-02.arrow', '');
    put(from, 'BTCUSDT/1h/2024-13-45.arrow', await oldFile({}));
    put(from, 'BTCUSDT/7h/2024-01-01.arrow', 'x');
    put(from, 'notes.arrow', 'notes');
    put(from, 'BTCUSDT/1h/2024-01-01.arrow.lock', '');
    symlinkSync('..', join(from, 'BTCUSDT/loop'));
    const { totals } = plan({ from, to, out });
    expect(totals).toMatchObject({ files: 2, migrate: 1, refuse: 1, left: 5, byReason: { empty: 1 } });
  });

  it('sees old files that lie in the new root too, where that is below the old one', async () => {
    const below = join(from, 'data');
    put(from, OLD, await oldFile({}));
    put(from, 'data/BTCUSDT/1h/2024-01-02.arrow', await oldFile({ date: '2024-01-02' }));
    put(below, NEW.replace('01-01', '01-03'), await oldFile({ date: '2024-01-03' }));
    const before = treeOf(from);
    expect(plan({ from, to: below, out }).totals).toMatchObject({ files: 2, left: 1, sealed: 0 });
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 2, removed: 2 });
    expect(existsSync(join(below, NEW.replace('01-01', '01-02')))).toBe(true);
    expect(plan({ from, to: below, out: `${out}-2` }).totals).toMatchObject({ files: 0, sealed: 2 });
    expect(verify({ plan: out })).toMatchObject({ success: 2, failed: 0 });
    expect((await rollback({ plan: out })).findings).toEqual([]);
    expect(treeOf(from)).toEqual(before);
  });

  it('assumes spot for paths that name no market, and refuses a contract there', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSD_PERP/1h/2024-01-01.arrow', await oldFile({}));
    expect(plan({ from, to, out })).toMatchObject({
      header: { market: 'spot', marketGiven: false },
      totals: { byReason: { 'unknown-market': 1 } },
    });
    expect(plan({ from, to, out, market: 'cm' })).toMatchObject({
      header: { market: 'cm', marketGiven: true },
      totals: { migrate: 1, byReason: { 'not-of-market': 1 } },
    });
  });

  it('takes the user at their word where a path says spot of every market', async () => {
    put(from, 'data/binance/spot/klines/daily/BTCUSDT/1h/202401.arrow', await oldFile({}));
    put(from, 'BINANCE/KLINES/spot/ETHUSDT/1h/2024-01-01.arrow', await oldFile({ symbol: 'ETHUSDT' }));
    plan({ from, to, out, market: 'um' });
    await apply({ plan: out });
    expect(existsSync(join(to, 'binance/um/klines/daily/BTCUSDT/1h/2024-01-01.arrow'))).toBe(true);
    expect(existsSync(join(to, 'binance/spot/klines/daily/ETHUSDT/1h/2024-01-01.arrow'))).toBe(true);
  });

  it('reads every row where asked, and then knows', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSDT/1m/2024-01-01.arrow', await oldFile({ interval: '1h' }));
    expect(plan({ from, to, out, read: 'all' }).totals).toMatchObject({
      migrate: 1,
      byReason: { 'other-interval': 1 },
    });
    await apply({ plan: out });
    const again = join(base.path, 'again.plan');
    expect(plan({ from, to, out: again, read: 'all' }).totals).toMatchObject({ migrate: 0, skip: 1, refuse: 1 });
  });

  it('takes a layout of the user', async () => {
    put(from, 'um/BTCUSDT-1h-20240101.feather', await oldFile({}));
    const { totals } = plan({ from, to, out, layout: '{market}/{symbol}-{interval}-{YYYYMMDD}.feather' });
    expect(totals).toMatchObject({ files: 1, byGeneration: { layout: 1 } });
    await apply({ plan: out });
    expect(existsSync(join(to, 'binance/um/klines/daily/BTCUSDT/1h/2024-01-01.arrow'))).toBe(true);
  });

  it('does not overwrite a plan that has been applied, nor a file that is none', async () => {
    put(from, OLD, await oldFile({}));
    plan({ from, to, out });
    await apply({ plan: out });
    expect(() => plan({ from, to, out })).toThrow(expect.objectContaining({ code: 'E_STATE' }));
    writeFileSync(join(base.path, 'mine.txt'), 'mine');
    expect(() => plan({ from, to, out: join(base.path, 'mine.txt') })).toThrow(
      expect.objectContaining({ code: 'E_USAGE' }),
    );
  });
});

describe(apply, () => {
  it('writes what the store reads, and leaves the old file', async () => {
    const bytes = await oldFile({});
    put(from, OLD, bytes);
    plan({ from, to, out });
    expect(await apply({ plan: out })).toMatchObject({
      success: 1,
      failed: 0,
      skipped: 0,
      files: 1,
      rows: { in: 24, out: 24 },
    });
    expect(readFileSync(join(from, OLD))).toEqual(bytes);
    const { key, batch } = barsOf({});
    const entry = await new UnifiedCacheManager({ root: to }).load(key);
    expect(entry?.columns).toEqual(batch.columns);
    expect(entry?.facts).toMatchObject({ state: 'complete', source: 'migrated' });
  });

  it('changes nothing the second time', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSDT/1h/2024-01-02.arrow', 'garbage that is long enough to be looked at');
    plan({ from, to, out });
    await apply({ plan: out, oldFiles: 'remove' });
    const journal = join(to, `.vision-cache/journal/migration-${openPlan(out).id}/journal.jsonl`);
    const [before, written] = [treeOf(base.path), statSync(journal).mtimeMs];
    await apply({ plan: out, oldFiles: 'remove' });
    expect(treeOf(base.path)).toEqual(before);
    expect(statSync(journal).mtimeMs).toBe(written);
  });

  it('unites parts of a day, and keeps a part of one as a part', async () => {
    put(from, 'A/1h/2024-01-01.arrow', await oldFile({ bars: [0, 1, 2, 3, 4, 5] }));
    put(from, 'data/A/1h/202401.arrow', await oldFile({ bars: [4, 5, 6, 7] }));
    plan({ from, to, out });
    expect(await apply({ plan: out })).toMatchObject({ success: 2, byFate: { partial: 2 } });
    const { facts } = await readArrowFile(join(to, 'binance/spot/klines/daily/A/1h/2024-01-01.arrow'));
    expect(facts).toMatchObject({ rows: 8, state: 'partial', holes: [] });
    expect(facts.spans).toEqual([{ start: 1704067200000000n, end: 1704096000000000n }]);
    expect(verify({ plan: out })).toMatchObject({ success: 2, failed: 0 });
  });

  it('tells a conflict with what is there, and changes neither', async () => {
    put(from, OLD, await oldFile({ offset: 5 }));
    const { key, batch } = barsOf({});
    await new UnifiedCacheManager({ root: to }).save(key, batch, { source: 'vision', asOf: '2030-01-01' });
    const before = [treeOf(from), dataOf(to)];
    plan({ from, to, out });
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({
      success: 0,
      failed: 1,
      skipped: 0,
      byFate: { conflict: 1 },
    });
    expect(fates()[OLD]).toMatchObject({
      rowsIn: 24,
      rowsOut: 0,
      refused: 24,
      conflicts: expect.arrayContaining([expect.objectContaining({ column: 'open', kept: 100, dropped: 105 })]),
    });
    expect([treeOf(from, /^\.vision-cache/), dataOf(to).filter((line) => line.includes('binance'))]).toEqual([
      before[0],
      before[1]!.filter((line) => line.includes('binance')),
    ]);
  });

  it('tells it in full also where a plan that read everything has found it', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'ETHUSDT/1m/2024-01-01.arrow', await oldFile({}));
    plan({ from, to, out });
    await apply({ plan: out });
    const again = join(base.path, 'again');
    put(from, OLD, await oldFile({ offset: 1 }));
    expect(plan({ from, to, out: again, read: 'all' }).totals).toMatchObject({ refuse: 2 });
    expect(await apply({ plan: again })).toMatchObject({ failed: 2, byFate: { conflict: 1, refused: 1 } });
    const told = Object.fromEntries([...outcomes(openPlan(again))].map(({ file, outcome }) => [file.file, outcome]));
    expect(told[OLD]!.conflicts![0]).toMatchObject({ column: 'open', kept: 100, dropped: 101 });
    expect(told['ETHUSDT/1m/2024-01-01.arrow']!.message).toBe('The name says 1m, but the rows are bars of 1h.');
  });

  it('skips what is there and equal, and removes the old file when asked', async () => {
    put(from, OLD, await oldFile({}));
    const { key, batch } = barsOf({});
    await new UnifiedCacheManager({ root: to }).save(key, batch, { source: 'vision', asOf: '2030-01-01' });
    plan({ from, to, out });
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({
      success: 0,
      failed: 0,
      skipped: 1,
      removed: 1,
    });
    expect(existsSync(join(from, OLD))).toBe(false);
  });

  it('writes a torn new file anew, and a rollback brings it back as it was', async () => {
    put(from, OLD, await oldFile({}));
    plan({ from, to, out });
    await apply({ plan: out });
    const whole = readFileSync(join(to, NEW));
    await rollback({ plan: out });
    put(to, NEW, whole.subarray(0, 1000));
    const before = treeOf(to);
    plan({ from, to, out });
    expect(await apply({ plan: out })).toMatchObject({ success: 1 });
    expect(readFileSync(join(to, NEW))).toEqual(whole);
    await rollback({ plan: out });
    expect(treeOf(to)).toEqual(before);
  });

  it('seals what the roadmap script wrote under the new path, where it stands', async () => {
    const bytes = await oldFile({});
    put(from, NEW, bytes);
    const before = treeOf(from);
    expect(plan({ from, to: from, out }).totals).toMatchObject({ files: 1, byGeneration: { N: 1 } });
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 1, removed: 0 });
    expect((await readArrowFile(join(from, NEW))).facts.source).toBe('migrated');
    expect(verify({ plan: out })).toMatchObject({ success: 1, failed: 0 });
    expect(await rollback({ plan: out })).toMatchObject({ takenBack: 1, findings: [] });
    expect(treeOf(from)).toEqual(before);
  });

  it('unites an old file with an unsealed one at its new place, whether that is planned or not', async () => {
    put(from, OLD, await oldFile({ bars: [0, 1, 2, 3] }));
    put(to, NEW, await oldFile({ bars: [3, 4, 5] }));
    const before = treeOf(to);
    plan({ from, to, out });
    expect(await apply({ plan: out })).toMatchObject({ success: 1 });
    expect((await readArrowFile(join(to, NEW))).numRows).toBe(6);
    await rollback({ plan: out });
    expect(treeOf(to)).toEqual(before);
  });

  it('takes what stands unsealed at its new place before others add to it', async () => {
    put(from, OLD, await oldFile({ bars: [0, 1] }));
    put(from, 'BINANCE/KLINES/spot/BTCUSDT/1h/2024-01-01.arrow', await oldFile({ bars: [1, 2] }));
    put(from, NEW, await oldFile({ bars: [7, 8] }));
    const before = treeOf(from);
    plan({ from, to: from, out });
    expect(await apply({ plan: out })).toMatchObject({ success: 3, rows: { in: 6, out: 6 } });
    expect(fates()[NEW]).toMatchObject({ fate: 'partial', rowsIn: 2, rowsOut: 2 });
    expect((await readArrowFile(join(from, NEW))).numRows).toBe(5);
    expect(verify({ plan: out })).toMatchObject({ success: 3, failed: 0 });
    expect((await rollback({ plan: out })).findings).toEqual([]);
    expect(treeOf(from)).toEqual(before);
  });

  it.each(['keep', 'remove'] as const)(
    'puts the right day where an unsealed file of another day stood: %s',
    async (oldFiles) => {
      put(from, NEW, await oldFile({ date: '2024-01-05' }));
      put(from, OLD, await oldFile({}));
      const before = treeOf(from);
      plan({ from, to: from, out });
      expect(await apply({ plan: out, oldFiles })).toMatchObject({
        success: 2,
        byFate: { migrated: 1, relabelled: 1 },
      });
      expect((await readArrowFile(join(from, NEW))).numRows).toBe(24);
      expect(verify({ plan: out })).toMatchObject({ success: 2, failed: 0 });
      expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 2 });
      expect(existsSync(join(from, NEW))).toBe(true);
      expect((await rollback({ plan: out })).findings).toEqual([]);
      expect(treeOf(from)).toEqual(before);
    },
  );

  it('moves an entry that is in the new form already with what is known of it', async () => {
    const { key, batch } = barsOf({});
    const facts = { source: 'vision', sourceSha256: 'ab'.repeat(32), asOf: '2030-01-01' };
    await new UnifiedCacheManager({ root: from }).save(key, batch, facts);
    expect(plan({ from, to: from, out }).totals).toMatchObject({ files: 0, sealed: 1 });
    expect(plan({ from, to, out }).totals).toMatchObject({ files: 1, sealed: 0 });
    expect(await apply({ plan: out })).toMatchObject({ success: 1, byFate: { 'sealed-moved': 1 } });
    expect(readFileSync(join(to, NEW))).toEqual(readFileSync(join(from, NEW)));
  });

  it('takes a file by its rows, and not by its name', async () => {
    put(from, 'BTCUSDT/1h/2024-02-09.arrow', await oldFile({}));
    plan({ from, to, out });
    expect(await apply({ plan: out })).toMatchObject({ success: 1, byFate: { relabelled: 1 } });
    expect(existsSync(join(to, NEW))).toBe(true);
  });

  it('refuses a file that the old index contradicts', async () => {
    const bytes = await oldFile({});
    put(from, `data/${OLD}`, bytes);
    const entry = { file_path: `/home/quant/cache/data/${OLD}`, checksum: '0'.repeat(64), record_count: 24 };
    put(from, 'metadata/cache_index.json', JSON.stringify({ 'BTCUSDT_1h_2024-01-01': entry }));
    expect(plan({ from, to, out }).totals.indexes).toBe(1);
    expect(await apply({ plan: out })).toMatchObject({
      failed: 1,
      byReason: { 'index-checksum': 1 },
      rows: { in: 24, refused: 24 },
    });
  });

  it('tells of an old index that it cannot read', async () => {
    put(from, 'metadata/cache_index.json', '{"BTCUSDT_1h_202401": {');
    expect(plan({ from, to, out }).totals).toMatchObject({ indexes: 0, left: 1 });
    expect([...leftAlone(openPlan(out))]).toEqual([
      { path: 'metadata/cache_index.json', why: expect.stringContaining('could not be read') },
    ]);
  });

  it('plans a source anew that changed since', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'BTCUSDT/1h/2024-01-02.arrow', await oldFile({ date: '2024-01-02' }));
    plan({ from, to, out });
    put(from, OLD, await oldFile({ bars: [0, 1, 2] }));
    rmSync(join(from, 'BTCUSDT/1h/2024-01-02.arrow'));
    expect(await apply({ plan: out })).toMatchObject({ success: 1, failed: 1, byFate: { partial: 1, vanished: 1 } });
    expect(fates()[OLD]?.flags).toContain('changed-since-plan');
  });

  it('goes by what the old index says of it then', async () => {
    const record = (bytes: Buffer, checksum = sha256(bytes)) => {
      put(from, `data/${OLD}`, bytes);
      put(from, 'metadata/cache_index.json', JSON.stringify({ a: { file_path: `data/${OLD}`, checksum } }));
    };
    record(await oldFile({ bars: [0, 1] }));
    plan({ from, to, out });
    record(await oldFile({ bars: [0, 1, 2] }));
    expect(await apply({ plan: out })).toMatchObject({ success: 1, rows: { in: 3, out: 3 } });
    expect(verify({ plan: out })).toMatchObject({ success: 1, failed: 0 });
    await rollback({ plan: out });
    plan({ from, to, out });
    record(await oldFile({ bars: [0, 1, 2, 3] }), '0'.repeat(64));
    expect(await apply({ plan: out })).toMatchObject({ failed: 1, byReason: { 'index-checksum': 1 } });
  });

  it('leaves out a bar that was not finished when its file was written', async () => {
    put(from, OLD, await oldFile({ bars: [0, 1, 2] }));
    const within = new Date('2024-01-01T02:30:00Z');
    utimesSync(join(from, OLD), within, within);
    plan({ from, to, out });
    await apply({ plan: out });
    expect(fates()[OLD]).toMatchObject({ rowsIn: 3, rowsOut: 2, refused: 1 });
  });

  it('goes on where an old file cannot be moved aside, tells which, and moves it later', async () => {
    put(from, OLD, await oldFile({}));
    put(from, 'ETHUSDT/1h/2024-01-01.arrow', await oldFile({ symbol: 'ETHUSDT' }));
    plan({ from, to, out });
    // Where it would go a file is in the way, as a folder without rights is.
    const inTheWay = join(from, '.vision-cache/migrated', openPlan(out).id, 'BTCUSDT');
    put(inTheWay, '../x', '');
    writeFileSync(inTheWay, '');
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 2, removed: 1, notRemoved: 1 });
    expect([existsSync(join(from, OLD)), existsSync(join(from, 'ETHUSDT/1h/2024-01-01.arrow'))]).toEqual([true, false]);
    rmSync(inTheWay);
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 2, removed: 2, notRemoved: 0 });
    expect(existsSync(join(from, OLD))).toBe(false);
  });

  it('does not run beside another on the same cache, until the user says that it has ended', async () => {
    put(from, OLD, await oldFile({}));
    plan({ from, to, out });
    const other = acquireRoot(to, { purpose: 'migrate' });
    await expect(apply({ plan: out })).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining('--take-over'),
      details: { owner: expect.stringContaining(String(process.pid)) },
    });
    expect(status({ plan: out }).state).toBe('none');
    expect(await apply({ plan: out, takeOver: true })).toMatchObject({ success: 1 });
    expect(() => other.assertHeld()).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    other.release();
  });

  it('writes no record once another run has taken its lock', async () => {
    for (const day of ['01', '02']) put(from, `A/1h/2024-01-${day}.arrow`, await oldFile({ date: `2024-01-${day}` }));
    plan({ from, to, out });
    const progress = {
      start: () => acquireRoot(to, { purpose: 'migrate', takeOver: true }),
      advance: () => undefined,
      stop: () => undefined,
    };
    await expect(apply({ plan: out, progress })).rejects.toMatchObject({ code: 'E_LOCKED' });
    expect(status({ plan: out }).state).toBe('none');
  });
});

describe(rollback, () => {
  it.each(['same', 'other'] as const)('restores the old tree byte for byte, to the %s root', async (root) => {
    const target = root === 'same' ? from : to;
    put(from, OLD, await oldFile({}));
    put(from, 'ETHUSDT/1h/2024-01-01.arrow', await oldFile({ symbol: 'ETHUSDT', bars: [1, 2] }));
    put(from, 'BTCUSDT/1h/2024-01-05.arrow', 'not a file of any kind');
    const before = treeOf(base.path);
    plan({ from, to: target, out });
    expect(previewApply({ plan: out })).toMatchObject({ success: 2, failed: 1 });
    expect(treeOf(base.path, /^migration\.plan$/)).toEqual(before);
    await apply({ plan: out, oldFiles: 'remove' });
    expect(existsSync(join(from, OLD))).toBe(false);
    expect(await rollback({ plan: out })).toMatchObject({
      restored: 2,
      takenBack: 2,
      findings: [],
      state: 'rolled-back',
    });
    expect(treeOf(base.path, /^migration\.plan$/)).toEqual(before);
    expect((await rollback({ plan: out })).state).toBe('nothing-to-do');
  });

  it('leaves no folder behind that was made for the new root', async () => {
    put(from, OLD, await oldFile({}));
    const before = treeOf(from);
    plan({ from, to: join(from, 'far/within'), out });
    expect(await apply({ plan: out })).toMatchObject({ success: 1 });
    expect(await rollback({ plan: out })).toMatchObject({ success: 1, failed: 0, skipped: 0, files: 1 });
    expect(treeOf(from)).toEqual(before);
  });

  it('lets only itself go on where it was stopped: what apply had recorded is no longer there', async () => {
    put(from, OLD, await oldFile({}));
    const before = treeOf(base.path);
    plan({ from, to, out });
    await apply({ plan: out, oldFiles: 'remove' });
    // Something in the way of the old file stops it, after the entry has been taken back.
    rmSync(join(from, 'BTCUSDT'), { recursive: true });
    writeFileSync(join(from, 'BTCUSDT'), '');
    await expect(rollback({ plan: out })).rejects.toMatchObject({ code: expect.any(String) });
    expect(existsSync(join(to, NEW))).toBe(false);
    expect(status({ plan: out }).state).toBe('rolling-back');
    expect(() => finish({ plan: out })).toThrow(expect.objectContaining({ code: 'E_STATE' }));
    expect(() => plan({ from, to, out })).toThrow(expect.objectContaining({ code: 'E_STATE' }));
    await expect(apply({ plan: out })).rejects.toMatchObject({ code: 'E_STATE' });
    rmSync(join(from, 'BTCUSDT'));
    expect(await rollback({ plan: out })).toMatchObject({ restored: 1, state: 'rolled-back' });
    expect(treeOf(base.path, /^migration\.plan$/)).toEqual(before);
  });

  it('leaves nothing behind of a run that was killed before its first record', async () => {
    put(from, OLD, await oldFile({}));
    plan({ from, to, out });
    const before = treeOf(from);
    put(to, `.vision-cache/journal/migration-${openPlan(out).id}/journal.jsonl`, '');
    await apply({ plan: out, oldFiles: 'remove' });
    await rollback({ plan: out });
    expect(treeOf(from)).toEqual(before);
    expect(existsSync(join(to, '.vision-cache/format.json'))).toBe(false);
    // Nor of one that came as far as its first folder.
    mkdirSync(join(from, '.vision-cache'));
    await rollback({ plan: out });
    expect(treeOf(from)).toEqual(before);
  });

  it('keeps an entry that gained rows since, and tells', async () => {
    put(from, OLD, await oldFile({ bars: [0, 1] }));
    plan({ from, to, out });
    await apply({ plan: out, oldFiles: 'remove' });
    const { key, batch } = barsOf({});
    await new UnifiedCacheManager({ root: to }).save(key, batch, { source: 'vision', asOf: '2030-01-01' });
    expect(await rollback({ plan: out })).toMatchObject({
      restored: 1,
      takenBack: 0,
      findings: [{ path: NEW, found: 'kept' }],
    });
    expect(existsSync(join(from, OLD))).toBe(true);
    expect((await readArrowFile(join(to, NEW))).numRows).toBe(24);
  });
});

describe(finish, () => {
  it('deletes what was moved aside, then there is no way back', async () => {
    const bytes = await oldFile({});
    put(from, OLD, bytes);
    plan({ from, to: from, out });
    expect(() => finish({ plan: out })).toThrow(expect.objectContaining({ code: 'E_STATE' }));
    await apply({ plan: out, oldFiles: 'remove' });
    expect(finish({ plan: out })).toMatchObject({ success: 1, state: 'finished' });
    expect(existsSync(join(from, 'BTCUSDT'))).toBe(false);
    await expect(rollback({ plan: out })).rejects.toMatchObject({ code: 'E_STATE' });
    const before = treeOf(from);
    // As one leaves it that was killed after its record and before its last deletion.
    put(from, `.vision-cache/migrated/${openPlan(out).id}/${OLD}`, bytes);
    mkdirSync(join(from, 'BTCUSDT'));
    expect(finish({ plan: out }).state).toBe('finished');
    expect(treeOf(from)).toEqual(before);
    expect(finish({ plan: out }).state).toBe('finished');
    expect(status({ plan: out })).toMatchObject({ success: 1, state: 'finished' });
    expect(treeOf(from)).toEqual(before);
  });
});
