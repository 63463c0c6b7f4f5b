import { describe, expect, it } from '@jest/globals';
import { OTHER, PATH, SEAL, SHA, begin, done, intent, kept, remove, wrote } from '../__fixtures__/records.fixture.ts';
import { parseRecord } from './parse-record.ts';
import type { JournalRecord } from './records.ts';

const conflict = { time: '2024-01-01T00:00:00Z', column: 'open', kept: 1, dropped: 2 };

const GOOD: readonly JournalRecord[] = [
  begin,
  {
    t: 'begin',
    plan: '/p',
    fresh: [
      ['to', ''],
      ['from', '.vision-cache'],
      ['to', 'CACHEDIR.TAG'],
      ['to', '..'],
      ['to', '../..'],
    ],
  },
  { t: 'folders', made: ['binance', 'binance/spot'] },
  { t: 'folders', made: [] },
  intent(0),
  intent(7, {
    to: [
      { path: PATH, before: SEAL, backup: 0 },
      { path: OTHER, before: null, backup: null },
    ],
  }),
  intent(0, { to: [] }),
  done(0),
  done(1, { reason: 'x', message: 'y', conflicts: [conflict], wrote: [wrote(OTHER, 3)] }),
  done(2, {}, { seen: { size: 0, changed: -5 } }),
  done(2, {}, { seen: { size: 9, changed: 5, sha256: SHA }, holds: [SEAL] }),
  remove(0),
  kept(3),
  { t: 'end' },
  { t: 'finish' },
];

/** What a good record becomes, and is refused. */
const BAD: readonly (readonly [string, unknown])[] = [
  ['no object', 'end'],
  ['nothing', null],
  ['no name', {}],
  ['another name', { t: 'begun' }],
  ['the name of a method', { t: 'toString' }],
  ['a name that is none', { t: 7 }],
  ['a beginning without a plan', { ...begin, plan: 1 }],
  ['a hash of another length', { ...begin, sha256: SHA.slice(1) }],
  ['a hash in capitals', { ...begin, sha256: SHA.toUpperCase() }],
  ['no hash', { ...begin, sha256: 1 }],
  ['no list of places', { ...begin, fresh: {} }],
  ['another side', { ...begin, fresh: [['side', '']] }],
  ['another place', { ...begin, fresh: [['to', 'binance']] }],
  ['a place above and below', { ...begin, fresh: [['to', '../x']] }],
  ['a place above and nowhere', { ...begin, fresh: [['to', '../']] }],
  ['half a place', { ...begin, fresh: [['to']] }],
  ['a place and more', { ...begin, fresh: [['to', '', '']] }],
  ['a place that is none', { ...begin, fresh: ['to'] }],
  ['a name of a place that is none', { ...begin, fresh: [['to', 1]] }],
  ['folders above', { t: 'folders', made: ['..'] }],
  ['no folders', { t: 'folders' }],
  ['no ordinal', { ...intent(0), i: undefined }],
  ['an ordinal below nought', { ...intent(0), i: -1 }],
  ['half an ordinal', { ...intent(0), i: 0.5 }],
  ['an ordinal beyond numbers', { ...intent(0), i: 2 ** 53 }],
  ['an intent without a hash', { ...intent(0), sha256: undefined }],
  ['an intent without targets', { ...intent(0), to: undefined }],
  ['a target out of the root', intent(0, { to: [{ path: '../x', before: null, backup: null }] })],
  ['a target that is no entry', intent(0, { to: [{ path: 'x/y.arrow', before: null, backup: null }] })],
  ['another fingerprint', intent(0, { to: [{ path: PATH, before: 'seal:1', backup: null }] })],
  ['a fingerprint of another kind', intent(0, { to: [{ path: PATH, before: `x${SEAL}`, backup: null }] })],
  ['no fingerprint', { ...intent(0), to: [{ path: PATH, backup: null }] }],
  ['a copy without a number', { ...intent(0), to: [{ path: PATH, before: null, backup: 'x' }] }],
  ['a target that is none', { ...intent(0), to: [null] }],
  ['no outcome', { ...done(0), outcome: undefined }],
  ['another fate', done(0, { fate: 'lost' as 'error' })],
  ['flags that are none', done(0, { flags: [1] as never })],
  ['a reason that is none', done(0, { reason: 1 as never })],
  ['a message that is none', done(0, { message: 1 as never })],
  ['rows in below nought', done(0, { rowsIn: -1 })],
  ['rows out that are none', done(0, { rowsOut: '3' as never })],
  ['duplicates that are none', done(0, { duplicates: null as never })],
  ['refused that are none', done(0, { refused: NaN })],
  ['targets that are none', done(0, { targets: null as never })],
  ['a target without rows', done(0, { targets: [{ path: PATH }] as never })],
  ['an outcome out of the root', done(0, { targets: [{ path: '/etc', rows: 1 }] })],
  ['conflicts that are none', done(0, { conflicts: 1 as never })],
  ['a conflict without a column', done(0, { conflicts: [{ ...conflict, column: 1 }] as never })],
  ['a conflict without a time', done(0, { conflicts: [{ ...conflict, time: 1 }] as never })],
  ['writes that are none', done(0, { wrote: undefined as never })],
  ['a write out of the root', done(0, { wrote: [wrote('../x')] })],
  ['a write without an end', done(0, { wrote: [{ ...wrote(), after: null as never }] })],
  ['a sight without a size', done(0, {}, { seen: { changed: 1 } as never })],
  ['a sight without a time', done(0, {}, { seen: { size: 1 } as never })],
  ['a sight at half a time', done(0, {}, { seen: { size: 1, changed: 0.5 } })],
  ['a sight of another hash', done(0, {}, { seen: { size: 1, changed: 1, sha256: 'x' } })],
  ['holds that are none', done(0, {}, { holds: [null] as never })],
  ['a move out of the root', { ...remove(0), file: '../x' }],
  ['a move without an ordinal', { ...remove(0), i: '0' }],
  ['a kept file out of the root', { ...kept(0), file: '/x' }],
  ['a kept file without a reason', { ...kept(0), why: 1 }],
  ['a kept file without an ordinal', { ...kept(0), i: null }],
];

describe(parseRecord, () => {
  it.each(GOOD.map((record) => [JSON.stringify(record).slice(0, 60), record] as const))('takes %s…', (_, record) => {
    expect(parseRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });

  it.each(BAD)('refuses %s', (_, value) => {
    expect(parseRecord(value)).toBeUndefined();
  });
});
