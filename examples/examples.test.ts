import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('.', import.meta.url));
const examples = readdirSync(folder).filter((file) => /^\d\d-.*\.ts$/.test(file));
const run = promisify(execFile);

/**
 * What an example says that it prints: the comment lines directly below code. `…` stands for anything.
 * The comment at the top and those above code say other things.
 */
function announced(source: string): RegExp[] {
  const lines = source.split('\n').map((line) => line.trim());
  return lines.flatMap((line, index) => {
    const before = lines[index - 1];
    const isAnnouncement = line.startsWith('// ') && !line.startsWith('// @') && before !== undefined && before !== '';
    if (!isAnnouncement || (before.startsWith('//') && !isBelowCode(lines, index))) return [];
    const words = line
      .slice(3)
      .split('…')
      .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return [new RegExp(`^${words.join('.*')}$`)];
  });
}

function isBelowCode(lines: readonly string[], index: number): boolean {
  let above = index - 1;
  while (lines[above]?.startsWith('//')) above -= 1;
  return above >= 0 && lines[above] !== '';
}

describe('the examples', () => {
  it('are numbered one by one', () => {
    expect(examples.map((file) => file.slice(0, 2))).toEqual(
      examples.map((_, index) => String(index + 1).padStart(2, '0')),
    );
  });

  it.each(examples)(
    '%s has at most 40 lines and prints what it says',
    async (file) => {
      const source = readFileSync(`${folder}${file}`, 'utf8');
      expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(40);

      const { stdout, stderr } = await run(process.execPath, [`${folder}run.mjs`, file], { timeout: 120_000 });
      expect(stderr).toBe('');
      const printed = stdout.trimEnd().split('\n');
      const expected = announced(source);
      expect(expected.length).toBeGreaterThan(0);
      expect(printed).toEqual(expected.map((line) => expect.stringMatching(line)));
    },
    180_000,
  );
});
