// What is left to run, and what has come out: no files, no processes.

/** Rounds of a test that leans on a clock, threads, processes, ports or a browser, and of every other one. */
export const ROUNDS = { leaning: 20, other: 3 };

/** @typedef {{ project: string, file: string, reasons: string[] }} Test */
/** @typedef {{ runs: number, passed: number, failures: { round: number, title: string, message: string }[] }} Tally */

export const roundsOf = ({ reasons }, rounds = ROUNDS) => (reasons.length > 0 ? rounds.leaning : rounds.other);
export const idOf = ({ project, file }) => `${project}/${file}`;

/**
 * What to start next: the files of one project that are furthest behind, so that a run that is stopped has repeated all
 * of them about as often.
 *
 * @param {Test[]} tests @param {Record<string, Tally>} tallies
 * @returns {{ project: string, files: string[], round: number } | undefined} undefined when all rounds are done
 */
export function nextRun(tests, tallies, rounds = ROUNDS) {
  const open = tests
    .map((test) => ({ ...test, runs: tallies[idOf(test)]?.runs ?? 0 }))
    .filter((test) => test.runs < roundsOf(test, rounds));
  if (open.length === 0) return undefined;
  const fewest = Math.min(...open.map(({ runs }) => runs));
  const { project } = open.find(({ runs }) => runs === fewest);
  const files = open.filter((test) => test.project === project && test.runs === fewest).map(({ file }) => file);
  return { project, files, round: fewest + 1 };
}

/**
 * Adds what jest says of one run. A file that it says nothing of has failed: it did not load, or hung.
 *
 * @param {Record<string, Tally>} tallies @param {{ name: string, status: string, message: string,
 * assertionResults: { fullName: string, status: string, failureMessages: string[] }[] }[]} results
 */
export function addRun(tallies, { project, files, round }, results) {
  const added = { ...tallies };
  for (const file of files) {
    const id = idOf({ project, file });
    const result = results.find(({ name }) => name.replaceAll('\\', '/').endsWith(id));
    const failed = (result?.assertionResults ?? []).filter(({ status }) => status === 'failed');
    const failures = failed.map(({ fullName, failureMessages }) => ({
      round,
      title: fullName,
      message: (failureMessages[0] ?? '').slice(0, 2000),
    }));
    if (failures.length === 0 && (result === undefined || result.status === 'failed')) {
      failures.push({ round, title: '(the file itself)', message: (result?.message ?? 'no result').slice(0, 2000) });
    }
    const before = tallies[id] ?? { runs: 0, passed: 0, failures: [] };
    added[id] = {
      runs: before.runs + 1,
      passed: before.passed + (failures.length === 0 ? 1 : 0),
      failures: [...before.failures, ...failures],
    };
  }
  return added;
}

/** @returns {string[]} the result in lines, the sum last */
export function resultLines(tests, tallies, rounds = ROUNDS) {
  const rows = tests.map((test) => ({ ...test, ...(tallies[idOf(test)] ?? { runs: 0, passed: 0, failures: [] }) }));
  const lines = rows
    .filter(({ failures }) => failures.length > 0)
    .flatMap(({ project, file, runs, passed, failures }) => [
      `  ${project}/${file}: ${runs - passed} of ${runs} runs failed`,
      ...[...new Set(failures.map(({ title }) => title))].map((title) => {
        const of = failures.filter((failure) => failure.title === title);
        return `    ${title} (round ${of.map(({ round }) => round).join(', ')}): ${of[0].message.split('\n')[0]}`;
      }),
    ]);
  for (const [kind, limit, own] of [
    ['lean on a clock, threads, processes, ports or a browser', rounds.leaning, (test) => test.reasons.length > 0],
    ['lean on nothing of the kind', rounds.other, (test) => test.reasons.length === 0],
  ]) {
    const of = rows.filter(own);
    const done = of.filter(({ runs }) => runs >= limit).length;
    lines.push(`  ${of.length} files ${kind}: ${done} ran ${limit} times`);
  }
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const due = tests.reduce((sum, test) => sum + roundsOf(test, rounds), 0);
  lines.push(`${passed} of ${runs} runs of a file passed, ${runs - passed} failed, ${due - runs} still to run`);
  return lines;
}
