import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { duplicates, measureFile, mutualFolders, quantile } from './measure-file.mjs';

describe('the figures of a file', () => {
  it('count throws, types and assertions where they are code, not where they are text', () => {
    const text = `
// any, throw new Error('x'), a! and as unknown as
const of = (list: number[], map: Map<string, number>): number => list[0]! + map.get('any')!;
export function f(value: any): string {
  if (value === undefined) throw new Error('no value');
  if (value === null) throw new TypeError('as unknown as');
  return value as unknown as string;
}
// @ts-expect-error a reason
of('x');
`;
    assert.deepEqual(measureFile('a.ts', text.trimStart()), {
      lines: 9,
      throws: 2,
      plainErrors: 1,
      any: 1,
      bangs: 1,
      indexedBangs: 1,
      asUnknownAs: 1,
      suppressed: 1,
    });
  });

  it('find lines that stand twice, once however long they are, and no imports', () => {
    const knowledge = ['one', 'two', 'three', 'four', 'five', 'six', 'seven']
      .map((name) => `call(${name});`)
      .join('\n');
    const imports = Array.from({ length: 9 }, (_, index) => `import { a${index} } from './a.ts';`).join('\n');
    const files = [
      { file: 'a.ts', text: `${imports}\nfirst();\n${knowledge}\nlast();` },
      { file: 'b.ts', text: `${imports}\n${knowledge}` },
      { file: 'c.ts', text: knowledge.split('\n').slice(0, 5).join('\n') },
    ];
    assert.deepEqual(duplicates(files), [{ first: 'a.ts:11', second: 'b.ts:10', lines: 7 }]);
  });

  it('name folders that import each other', () => {
    const graph = new Map([
      ['a/1', ['b/1']],
      ['b/2', ['a/2', 'c/1']],
    ]);
    assert.deepEqual(mutualFolders(graph, (file) => file.split('/')[0]), ['a <-> b']); // prettier-ignore
    assert.equal(quantile([3, 1, 2], 0.5), 2);
  });
});
