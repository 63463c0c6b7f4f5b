// No test claims how long something took by a clock on the wall: a machine with other work to do makes it false. Count calls,
// keys or bytes instead, give a clock that stands still, or take CPU time (`process.cpuUsage`), which others do not spend.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const CLAIM = /expect\(\s*(?:performance|Date)\.now\(\)\s*-/;
const CLOCK = /const (\w+) = [^;\n]*(?:performance|Date)\.now\(\) - /;

/** The lines of a test in which a difference of two readings of the clock is claimed. @param {string} text */
export function claimsOnTime(text) {
  const taken = new Set();
  return text.split('\n').flatMap((line, index) => {
    const [, name] = CLOCK.exec(line) ?? [];
    if (name !== undefined) taken.add(name);
    const [, claimed = ''] = /expect\((\w+)\)/.exec(line) ?? [];
    return CLAIM.test(line) || taken.has(claimed) ? [index + 1] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = execFileSync('git', ['ls-files', '--', '*.test.ts'], { cwd: root, encoding: 'utf8' });
  const tests = files.trim().split('\n');
  const problems = tests.flatMap((file) =>
    claimsOnTime(readFileSync(join(root, file), 'utf8')).map(
      (line) => `${file}:${line} claims a time by the wall clock`,
    ),
  );
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(`check-clocks: ${tests.length} tests, ${problems.length} problems`);
  process.exit(problems.length > 0 ? 1 : 0);
}
