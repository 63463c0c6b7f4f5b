// Checks that are not jest suites still read as claims and count in the closing totals: each claim is printed with its
// result, and the sum is written in the shape of jest's JSON result.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** @param {string} subject what the claims are about, printed before them */
export function claims(subject) {
  const counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
  console.log(subject);
  return {
    /** @param {string} text @param {() => unknown} proof throws when the claim does not hold */
    async claim(text, proof) {
      const started = performance.now();
      try {
        const note = await proof();
        counts.numPassedTests += 1;
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`  ✓ ${text}${typeof note === 'string' ? ` — ${note}` : ''} (${seconds} s)`);
      } catch (error) {
        counts.numFailedTests += 1;
        console.error(`  ✗ ${text}\n${indent(error instanceof Error ? error.message : String(error))}`);
      }
    },
    /** @param {string} text @param {string} reason */
    skip(text, reason) {
      counts.numPendingTests += 1;
      console.log(`  ○ ${text}: skipped, ${reason}`);
    },
    /** Writes the totals and gives the exit code. @param {string} file */
    close(file) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify({ ...counts, numFailedTestSuites: counts.numFailedTests ? 1 : 0 }));
      console.log(
        `${subject}: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped\n`,
      );
      return counts.numFailedTests > 0 ? 1 : 0;
    },
  };
}

const indent = (text) => text.replace(/^/gm, '      ');
