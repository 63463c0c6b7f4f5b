import { describe, expect, it } from '@jest/globals';
import {
  BYTES,
  OTHER,
  PATH,
  SEAL,
  begin,
  done,
  intent,
  kept,
  remove,
  replayed,
  wrote,
} from '../__fixtures__/records.fixture.ts';
import type { JournalRecord } from './records.ts';
import { countAside, replay } from './replay.ts';

const end: JournalRecord = { t: 'end' };
const finish: JournalRecord = { t: 'finish' };

describe(replay, () => {
  it('of no record says nothing', () => {
    const { ledger } = replayed(2);
    expect(ledger).toEqual({
      phase: 'none',
      begin: undefined,
      folders: [],
      outcomeAt: Float64Array.of(-1, -1),
      intentAt: Float64Array.of(-1, -1),
      asideAt: Float64Array.of(-1, -1),
      kept: new Map(),
      intents: new Map(),
      writeAt: [],
      replaced: new Map(),
      backups: new Set(),
      nextBackup: 0,
      resumable: 0,
    });
    expect(countAside(ledger)).toBe(0);
  });

  it('folds every kind of record', () => {
    const folders: JournalRecord = { t: 'folders', made: ['a', 'a/b'] };
    const announced = intent(1, { to: [{ path: OTHER, before: SEAL, backup: 4 }] });
    const { ledger } = replayed(3, begin, folders, intent(0), done(0), remove(0), announced, {
      t: 'folders',
      made: ['c'],
    });
    expect(ledger).toEqual({
      phase: 'applying',
      begin,
      folders: ['a', 'a/b', 'c'],
      outcomeAt: Float64Array.of(300, -1, -1),
      intentAt: Float64Array.of(200, 500, -1),
      asideAt: Float64Array.of(400, -1, -1),
      kept: new Map(),
      intents: new Map([[1, announced]]),
      writeAt: [200, 300, 500],
      replaced: new Map(),
      backups: new Set([4]),
      nextBackup: 5,
      resumable: 0,
    });
    expect(countAside(ledger)).toBe(1);
  });

  it('takes the last outcome of a file, and counts those that another run may change', () => {
    const { ledger } = replayed(
      2,
      begin,
      done(0, { fate: 'error', wrote: [] }),
      done(1, { fate: 'pending', wrote: [] }),
      done(0),
    );
    expect([...ledger.outcomeAt]).toEqual([300, 200]);
    expect(ledger.resumable).toBe(1);
    expect(ledger.writeAt).toEqual([300]);
  });

  it('knows what stands aside, and what was kept', () => {
    const away = replayed(2, begin, done(0), done(1), remove(0), remove(1), kept(1));
    expect([...away.ledger.asideAt]).toEqual([300, -1]);
    expect([...away.ledger.kept]).toEqual([[1, kept(1)]]);
    expect(countAside(away.ledger)).toBe(1);
    const again = replayed(2, begin, done(0), done(1), remove(0), remove(1), kept(1), remove(1));
    expect([...again.ledger.kept]).toEqual([]);
    expect([...again.ledger.asideAt]).toEqual([300, 600]);
  });

  it('remembers the first copy of a file without a seal that was replaced, and the number of the next copy', () => {
    const first = done(0, { wrote: [wrote(PATH, 2), wrote(OTHER, 0, SEAL)] });
    const later = done(1, { wrote: [wrote(PATH, 1), wrote(OTHER)] });
    const { ledger } = replayed(2, begin, first, later);
    expect([...ledger.replaced]).toEqual([[PATH, 2]]);
    expect([...ledger.backups]).toEqual([2, 0, 1]);
    expect(ledger.nextBackup).toBe(3);
  });

  it('does not take what a copy is kept of for replaced where nothing was copied', () => {
    const { ledger } = replayed(
      1,
      begin,
      done(0, { wrote: [{ path: PATH, before: BYTES, backup: null, after: SEAL }] }),
    );
    expect(ledger.replaced.size).toBe(0);
  });

  it('follows the phases', () => {
    expect(replayed(1, begin).ledger.phase).toBe('applying');
    expect(replayed(1, begin, done(0), end).ledger.phase).toBe('applied');
    expect(replayed(1, begin, done(0), end, end).ledger.phase).toBe('applied');
    expect(replayed(1, begin, done(0), end, intent(0)).ledger.phase).toBe('applying');
    expect(replayed(1, begin, done(0), end, finish).ledger.phase).toBe('finished');
  });

  it.each<[string, JournalRecord[], number]>([
    ['nothing before the beginning', [done(0)], 0],
    ['one beginning', [begin, begin], 1],
    ['no finish before the end', [begin, done(0), finish], 2],
    ['nothing after the finish', [begin, end, finish, end], 3],
    ['no move without an outcome', [begin, remove(0)], 1],
    ['no move of what was only announced', [begin, intent(0), remove(0)], 2],
    ['nothing kept that was not to be moved', [begin, done(0), kept(0)], 2],
    ['nothing moved that is written again', [begin, done(0), remove(0), intent(0), remove(0)], 4],
    ['no file that the plan does not have', [begin, done(2)], 1],
  ])('takes %s', (_, records, number) => {
    const failing = () => replayed(2, ...records);
    expect(failing).toThrow(
      expect.objectContaining({ code: 'E_JOURNAL_DAMAGED', details: { path: '/plan', line: number } }),
    );
    expect(failing).toThrow(`record ${number}, "${records[number]!.t}"`);
  });

  it('goes on with a file that stands aside and whose rows were lost', () => {
    const { ledger } = replayed(
      1,
      begin,
      done(0),
      remove(0),
      intent(0),
      intent(0),
      done(0),
      remove(0),
      kept(0),
      intent(0),
    );
    expect([...ledger.asideAt]).toEqual([-1]);
    expect([...ledger.intents.keys()]).toEqual([0]);
  });
});
