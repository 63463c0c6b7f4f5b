import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_RED } from './known-red.fixture.ts';

it(`knows ${KNOWN_RED.length} claims that do not hold yet: ${KNOWN_RED.join(' ')}`, () => {
  const tests = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const ids = tests.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/\bfault\(\s*'(D\d\d[a-z]?)'/g)].map(
      ([, id]) => id,
    ),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(KNOWN_RED.filter((id) => !ids.includes(id))).toEqual([]);
});
