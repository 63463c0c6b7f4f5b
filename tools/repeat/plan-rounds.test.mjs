import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addRun, nextRun, resultLines } from './plan-rounds.mjs';

const tests = [
  { project: 'packages/a', file: 'src/clock.test.ts', reasons: ['clock'] },
  { project: 'packages/a', file: 'src/pure.test.ts', reasons: [] },
  { project: 'packages/b', file: 'src/port.test.ts', reasons: ['ports'] },
];
const rounds = { leaning: 3, other: 1 };
const passed = (...files) => files.map((file) => ({ name: `/x/${file}`, status: 'passed', assertionResults: [] }));

function runAll(tallies, stopAfter = Infinity) {
  const started = [];
  for (let next = nextRun(tests, tallies, rounds); next && started.length < stopAfter;) {
    started.push(next);
    tallies = addRun(tallies, next, passed(...next.files.map((file) => `${next.project}/${file}`)));
    next = nextRun(tests, tallies, rounds);
  }
  return { started, tallies };
}

describe('the rounds of test:repeat', () => {
  it('repeat what leans on something, run the rest less often, and go round all projects before a second time', () => {
    const { started, tallies } = runAll({});
    assert.deepEqual(
      started.map(({ project, files, round }) => [project, files.length, round]),
      [
        ['packages/a', 2, 1],
        ['packages/b', 1, 1],
        ['packages/a', 1, 2],
        ['packages/b', 1, 2],
        ['packages/a', 1, 3],
        ['packages/b', 1, 3],
      ],
    );
    assert.equal(resultLines(tests, tallies, rounds).at(-1), '7 of 7 runs of a file passed, 0 failed, 0 still to run');
  });

  it('go on where they were stopped', () => {
    const first = runAll({}, 3);
    const second = runAll(JSON.parse(JSON.stringify(first.tallies)));
    assert.equal(first.started.length + second.started.length, 6);
    assert.deepEqual(second.tallies, runAll({}).tallies);
  });

  it('count a test that failed, and a file of which nothing is known', () => {
    const next = nextRun(tests, {}, rounds);
    const failed = { fullName: 'a claim', status: 'failed', failureMessages: ['expected 31\nreceived 30'] };
    const results = [{ name: 'C:\\x\\packages\\a\\src\\clock.test.ts', status: 'failed', assertionResults: [failed] }];
    const tallies = addRun({}, next, results);
    assert.deepEqual(tallies['packages/a/src/clock.test.ts'], {
      runs: 1,
      passed: 0,
      failures: [{ round: 1, title: 'a claim', message: 'expected 31\nreceived 30' }],
    });
    assert.equal(tallies['packages/a/src/pure.test.ts'].failures[0].message, 'no result');
    const lines = resultLines(tests, tallies, rounds);
    assert.ok(lines.includes('    a claim (round 1): expected 31'), lines.join('\n'));
    assert.equal(lines.at(-1), '0 of 2 runs of a file passed, 2 failed, 5 still to run');
  });

  it('pass a file whose tests are all skipped here', () => {
    const run = { project: 'packages/a', files: ['src/pure.test.ts'], round: 1 };
    const tallies = addRun({}, run, [{ ...passed('packages/a/src/pure.test.ts')[0], status: 'pending' }]);
    assert.equal(tallies['packages/a/src/pure.test.ts'].passed, 1);
  });

  it('fail a file that did not load', () => {
    const run = { project: 'packages/a', files: ['src/pure.test.ts'], round: 1 };
    const name = '/x/packages/a/src/pure.test.ts';
    const tallies = addRun({}, run, [{ name, status: 'failed', message: 'no such module', assertionResults: [] }]);
    assert.equal(tallies['packages/a/src/pure.test.ts'].failures[0].message, 'no such module');
  });
});
