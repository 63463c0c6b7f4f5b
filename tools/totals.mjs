import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function projectFolders() {
  const nested = ['packages', 'apps', 'e2e', 'tools'].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, parent, entry.name)),
  );
  return [...nested, join(root, 'examples'), join(root, 'tools')];
}

/** Forgets earlier results, so that a suite that did not run cannot be counted. @param {string[]} names */
export function forgetResults(names) {
  for (const folder of projectFolders()) {
    for (const name of names) rmSync(join(folder, 'test-output', name), { force: true });
  }
}

/** Of a package whose tests measure it. */
function coverageOf(folder) {
  const file = join(folder, 'test-output/coverage/coverage-summary.json');
  if (!existsSync(file)) return '';
  const { lines, branches } = JSON.parse(readFileSync(file, 'utf8')).total;
  return `; covered: ${lines.pct} % of lines, ${branches.pct} % of branches`;
}

/**
 * Prints one line per result and, alone on the last line, the sum of all.
 *
 * @param {string[]} names file names of results
 * @param {string[]} broken what failed beside the tests: told just before the sum, which says nothing of it
 * @returns {number} how many tests failed
 */
export function printTotals(names, broken = []) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const folder of projectFolders()) {
    for (const name of names) {
      const file = join(folder, 'test-output', name);
      if (!existsSync(file)) continue;
      const result = JSON.parse(readFileSync(file, 'utf8'));
      // A suite that does not even load has no tests that could fail.
      const unloaded = result.numRuntimeErrorTestSuites ?? 0;
      const failed = result.numFailedTests + unloaded;
      const skipped = result.numPendingTests + (result.numTodoTests ?? 0);
      sum.passed += result.numPassedTests;
      sum.failed += failed;
      sum.skipped += skipped;
      const place = `${relative(root, folder)}${name === 'results.json' ? '' : ` ${name.replace('.json', '')}`}`;
      if (result.numPassedTests + failed + skipped > 0) {
        const counts = `${result.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
        console.log(`  ${place.padEnd(36)} ${name === 'results.json' ? counts + coverageOf(folder) : counts}`);
      }
    }
  }
  if (sum.skipped > 0) {
    const real = process.env.VISION_CACHE_REAL_DATA
      ? ''
      : 'VISION_CACHE_REAL_DATA is not set (CONTRIBUTING.md, Real data); ';
    console.log(`\nSkipped: ${real}what else a test needs and did not find, it says above.`);
  }
  if (broken.length > 0) console.log(`\nFAILED beside the tests: ${broken.join(', ')}`);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
  return sum.failed;
}
