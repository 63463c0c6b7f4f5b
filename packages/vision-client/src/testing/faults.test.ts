import { describe, expect, it } from '@jest/globals';
import { FaultPlan, FAULTS } from './index.ts';

describe(FaultPlan, () => {
  it('lets requests pass, meets as many as it says, and lets the rest pass', () => {
    const plan = new FaultPlan([{ fault: 'banned', path: '/klines', skip: 1, times: 2 }]);
    const met = ['/klines', '/other', '/klines', '/klines', '/klines'].map((path) => plan.next(path));
    expect(met).toEqual([undefined, undefined, FAULTS.banned, FAULTS.banned, undefined]);
  });

  it('takes the first rule that matches, and none once it is cleared', () => {
    const plan = new FaultPlan();
    plan.add({ fault: { kind: 'html' }, path: /CHECKSUM$/ }, { fault: { kind: 'garbage' } });
    expect([plan.next('a.zip.CHECKSUM'), plan.next('a.zip')]).toEqual([{ kind: 'html' }, { kind: 'garbage' }]);
    plan.clear();
    expect(plan.next('a.zip')).toBeUndefined();
  });
});
