import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportsOf, hiddenBases, signaturesOf, unusedNames } from './doors.mjs';

const FILES = {
  'packages/p/src/index.ts': `export { a, type B } from './a.ts';
export type { C } from './c.ts';
export * from './d.ts';
export const E = 1;`,
  'packages/p/src/a.ts': `
/** D */
export function a(of: B): void { const inner: Hidden = of; }
export interface B { readonly c: number }
export class K extends Base {
  #secret(of: Hidden): void {}
  told(of: C): Hidden2 { return 1 as Hidden; }
}`,
  'packages/p/src/c.ts': 'export type C = string;',
};
const read = (file) => FILES[file];
const doorOf = (names) => ({ project: 'packages/p', door: 'p', isMain: true, names });
const declaredIn = (from, ...names) => names.map((name) => ({ name, from: `packages/p/src/${from}`, isType: false }));

describe('the doors of a package', () => {
  it('export names from the files that declare them, and nothing by a star', () => {
    assert.deepEqual(exportsOf('packages/p/src/index.ts', FILES['packages/p/src/index.ts']), [
      { name: 'a', from: 'packages/p/src/a.ts', isType: false },
      { name: 'B', from: 'packages/p/src/a.ts', isType: true },
      { name: 'C', from: 'packages/p/src/c.ts', isType: true },
      { name: 'E', from: 'packages/p/src/index.ts', isType: false },
    ]);
  });

  it('state the types of parameters and answers, not what stands in bodies or is private', () => {
    const signatures = signaturesOf([doorOf(declaredIn('a.ts', 'a', 'K'))], read);
    assert.equal(signatures.get('a'), 'export function a(of: B): void {}');
    assert.match(signatures.get('K'), /told\(of: C\): Hidden2 \{\}/);
    assert.doesNotMatch(signatures.get('K'), /Hidden\b/);
  });

  it('export nothing that neither a signature nor another project names', () => {
    const door = doorOf([...declaredIn('a.ts', 'a', 'B', 'K'), ...declaredIn('c.ts', 'C')]);
    const signatures = signaturesOf([door], read);
    const texts = new Map([
      ['packages/p/src/x.ts', 'a K'],
      ['packages/p/README.md', '`K` and `aa`'],
    ]);
    // B stands in the signature of a, C in that of K, and the README names K.
    assert.deepEqual(unusedNames(door, texts, signatures), ['a']);
  });

  it('have no class whose base cannot be imported', () => {
    const signatures = new Map([
      ['K', 'export class K extends Base {}'],
      ['L', 'export class L<T> extends Error {}'],
      ['M', 'export class M extends K {}'],
    ]);
    assert.deepEqual(hiddenBases(doorOf(declaredIn('a.ts', 'K', 'L', 'M')), signatures), ['K extends Base']);
  });
});
