import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { put, treeOf } from './__fixtures__/old-cache.fixture.ts';
import {
  DAYS,
  FIRST,
  base,
  cli,
  folderOf,
  from,
  lines,
  newOf,
  oldOf,
  out,
  threeDays,
  to,
  whole,
  writeLines,
  useScratch,
} from './__fixtures__/three-days.fixture.ts';
import { chainStart, encodeCommitted, encodeLine } from './ledger/journal-line.ts';
import type { JournalRecord } from './ledger/records.ts';
import { apply, openPlan, outcomes, rollback, verify } from './index.ts';

useScratch();

describe('4: paths', () => {
  const outside = () => join(base.path, 'outside');
  beforeEach(() => put(outside(), oldOf(FIRST), 'of somebody else'));

  it.each(['../outside/x.arrow', '/etc/passwd', 'a/../../x', '.vision-cache/format.json', 'a//b', ''])(
    'of a plan stay below its root: %j',
    async (path) => {
      await threeDays('planned');
      const text = readFileSync(out, 'utf8').replace(JSON.stringify(oldOf(FIRST)), JSON.stringify(path));
      // As a plan of version 0.1.0, which no checksum protects.
      writeFileSync(out, text.replace('"version":2', '"version":1').replace(/,"sha256":"[0-9a-f]{64}"\}\n$/, '}\n'));
      const before = whole();
      expect(await cli('apply', out, '--remove-old')).toMatchObject({ code: 2, err: expect.stringMatching(/^E_PLAN/) });
      expect(treeOf(outside())).toEqual(
        before
          .filter((line) => line.startsWith('outside/'))
          .map((line) => line.slice(8))
          .filter(Boolean),
      );
    },
  );

  it.each([
    '../outside/x.arrow',
    `../outside/${oldOf(FIRST)}`,
    '/etc/passwd',
    'a/../../x',
    '.vision-cache/format.json',
  ])('of a journal stay below their roots, whatever its checksums: %j', async (path) => {
    await threeDays('moved');
    const plain = lines().map((line) => JSON.stringify((JSON.parse(line) as { r: unknown }).r));
    const { sha256 } = openPlan(out);
    /** The journal with a path of ours put in place of another one: of this version, with all checksums right, and of 0.1.0. */
    const forge = (name: string, version: 1 | 2): void => {
      const records = plain.map((text) => text.replaceAll(JSON.stringify(name), JSON.stringify(path)));
      if (version === 1) {
        writeLines(records);
        return;
      }
      let hash = chainStart(sha256);
      const chained = records.map((text, at) => {
        const line = encodeLine(at, hash, JSON.parse(text) as JournalRecord);
        hash = line.hash;
        return line.text;
      });
      writeLines(chained);
      writeFileSync(join(folderOf(), 'committed'), encodeCommitted({ lines: chained.length, hash }));
    };
    for (const name of [oldOf(FIRST), newOf(FIRST)])
      for (const version of [1, 2] as const) {
        forge(name, version);
        const before = whole();
        for (const command of ['rollback', 'finish', 'verify', 'apply']) {
          const { code, err } = await cli(command, out);
          expect([name, version, command, code, err]).toEqual([
              name, version, command, 2, expect.stringMatching(/^E_JOURNAL_DAMAGED: .* damaged in line \d/),
            ]); // prettier-ignore
        }
        expect(whole()).toEqual(before);
      }
  });

  it.each(['plan', 'apply'])('are reached without following a link that replaced a folder after %s', async (when) => {
    await threeDays(when === 'plan' ? 'planned' : 'moved');
    rmSync(join(from, 'BTCUSDT'), { recursive: true, force: true });
    symlinkSync(join(outside(), 'BTCUSDT'), join(from, 'BTCUSDT'));
    const before = treeOf(outside());
    if (when === 'plan') {
      expect((await cli('apply', out, '--remove-old')).code).toBe(3);
      expect([...outcomes(openPlan(out))].map(({ outcome }) => outcome.reason)).toEqual(['link', 'link', 'link']);
    } else expect((await cli('rollback', out)).code).toBe(3);
    expect(treeOf(outside())).toEqual(before);
    if (when === 'plan') return;
    rmSync(join(from, 'BTCUSDT'));
    expect(await rollback({ plan: out })).toMatchObject({ restored: 3, findings: [] });
  });

  it('are not written through a hidden folder or a new folder that is a link', async () => {
    await threeDays('planned');
    mkdirSync(to);
    symlinkSync(outside(), join(to, '.vision-cache'));
    const before = treeOf(outside());
    expect((await cli('apply', out)).code).toBe(2);
    rmSync(join(to, '.vision-cache'));
    symlinkSync(outside(), join(to, 'binance'));
    expect((await cli('apply', out, '--remove-old')).code).toBe(3);
    expect(treeOf(outside())).toEqual(before);
  });

  it('lead to the root that was planned, not to a link in its place', async () => {
    await threeDays('planned');
    renameSync(from, join(base.path, 'elsewhere'));
    symlinkSync(join(base.path, 'elsewhere'), from);
    expect(await cli('apply', out)).toMatchObject({ code: 2, err: expect.stringMatching(/^E_STATE/) });
  });
});

(process.platform === 'win32' ? describe.skip : describe)('5: pipes in place of files', () => {
  it('are refused with a reason, and hang nothing', async () => {
    await threeDays('planned');
    rmSync(join(from, oldOf(FIRST)));
    execFileSync('mkfifo', [join(from, oldOf(FIRST))]);
    mkdirSync(join(to, newOf(DAYS[1]!), '..'), { recursive: true });
    execFileSync('mkfifo', [join(to, newOf(DAYS[1]!))]);
    expect(await apply({ plan: out })).toMatchObject({ success: 1, failed: 2, byReason: { 'not-a-file': 2 } });
    expect(lstatSync(join(to, newOf(DAYS[1]!))).isFIFO()).toBe(true);
    rmSync(join(to, newOf(DAYS[2]!)));
    execFileSync('mkfifo', [join(to, newOf(DAYS[2]!))]);
    expect(verify({ plan: out })).toMatchObject({ failed: 1, findings: [{ found: 'not-a-file' }] });
    execFileSync('mkfifo', [join(base.path, 'pipe.json')]);
    expect((await cli('status', join(base.path, 'pipe.json'))).code).toBe(2);
    expect((await cli('status', out, '--report', join(base.path, 'pipe.json'))).code).toBe(2);
  });
});
