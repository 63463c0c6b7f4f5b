import { describe, expect, it } from '@jest/globals';
import { nearestName } from './nearest-name.ts';

describe(nearestName, () => {
  it('finds a name with two letters added, left out or replaced, whatever their case', () => {
    const known = ['columns', 'signal', 'uncounted'];
    expect(nearestName('colums', known)).toBe('columns');
    expect(nearestName('collumnss', known)).toBe('columns');
    expect(nearestName('SIGNLA', known)).toBe('signal');
    expect(nearestName('unkounded', known)).toBe('uncounted');
  });

  it('finds none that is three letters away', () => {
    expect(nearestName('column', ['columnized', 'colu'])).toBe('colu');
    expect(nearestName('col', ['column', 'signal'])).toBeUndefined();
    expect(nearestName('', ['abc'])).toBeUndefined();
  });
});
