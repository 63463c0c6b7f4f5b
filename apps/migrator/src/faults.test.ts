import { appendFileSync, copyFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { describe, expect, it } from '@jest/globals';
import { barsOf, oldFile, put } from './__fixtures__/old-cache.fixture.ts';
import {
  DAYS,
  FIRST,
  asideOf,
  base,
  cli,
  from,
  journalOf,
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
import { apply, finish, openPlan, plan, rollback, rollbackFromFolders, status, verify } from './index.ts';

useScratch();

describe('1: a damaged journal', () => {
  const DAMAGES: Readonly<Record<string, (all: string[]) => string[]>> = {
    'a flipped bit': (all) => all.map((line, at) => (at === 3 ? line.replace('e', 'd') : line)),
    'a line less': (all) => all.filter((_, at) => at !== 4),
    'a line twice': (all) => [...all.slice(0, 5), ...all.slice(4)],
    'two lines swapped': (all) => [...all.slice(0, 3), all[4]!, all[3]!, ...all.slice(5)],
    'its end cut off between lines': (all) => all.slice(0, -2),
    'a line that was added by hand': (all) => [...all, '{"t":"finish"}'],
    nothing: () => [],
  };
  it.each(Object.keys(DAMAGES))('stops every command, changes nothing, and names the way out: %s', async (name) => {
    await threeDays('moved');
    writeLines(DAMAGES[name]!(lines()));
    const before = whole();
    for (const command of ['apply', 'verify', 'rollback', 'finish', 'status']) {
      const { code, err } = await cli(command, out);
      expect([command, code, err]).toEqual([command, 2, expect.stringMatching(/^E_JOURNAL_DAMAGED: .*--from-folders/)]);
    }
    expect(whole()).toEqual(before);
    expect(await cli('rollback', '--from-folders', out)).toMatchObject({ code: 0 });
    for (const date of DAYS) expect(existsSync(join(from, oldOf(date)))).toBe(true);
    expect(existsSync(join(from, '.vision-cache/migrated'))).toBe(false);
  });

  it('is not one whose last line is torn: that is cut off, and apply goes on', async () => {
    await threeDays('planned');
    await apply({ plan: out });
    appendFileSync(journalOf(), '{"n":99,"h":"0123');
    expect(status({ plan: out })).toMatchObject({ success: 3, state: 'applied' });
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 3, removed: 3 });
    expect(verify({ plan: out })).toMatchObject({ success: 3, failed: 0 });
  });

  it('puts back into free places only, deletes nothing, and lists what it could not place', async () => {
    await threeDays('moved');
    put(from, oldOf(FIRST), 'another');
    expect(rollbackFromFolders({ from })).toMatchObject({
      restored: 2,
      left: [{ path: oldOf(FIRST), found: 'occupied' }],
    });
    expect(readFileSync(join(from, oldOf(FIRST)), 'utf8')).toBe('another');
    expect(existsSync(asideOf(oldOf(FIRST)))).toBe(true);
    expect((await cli('rollback', '--from-folders', '--from', from)).code).toBe(1);
  });
});

describe('2: an old file that is written while it is migrated', () => {
  it('is moved back, told, and migrated by the next run', async () => {
    await threeDays('planned');
    // The writer comes between the read and the move: while the new entries are read back.
    let isWritten = false;
    const newer = await oldFile({ date: FIRST, bars: [0, 1, 2], offset: 0 });
    const now = () => {
      if (!isWritten) writeFileSync(join(from, oldOf(FIRST)), newer);
      isWritten = true;
      return Date.now();
    };
    const summary = await apply({ plan: out, oldFiles: 'remove', now });
    expect(isWritten).toBe(true);
    expect(summary).toMatchObject({ success: 2, failed: 1, removed: 2, byReason: { 'changed-meanwhile': 1 } });
    expect(readFileSync(join(from, oldOf(FIRST)))).toEqual(newer);
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ failed: 0, removed: 3 });
  });

  it('is looked at again once it has moved: a writer that has it open writes where it stands then', async () => {
    await threeDays('planned');
    const read = Date.now();
    for (const date of DAYS) utimesSync(join(from, oldOf(date)), new Date(read), new Date(read));
    plan({ from, to, out });
    const newer = await oldFile({ date: FIRST, bars: [0, 1, 2], offset: 0 });
    let isWritten = false;
    const now = () => {
      if (!isWritten && existsSync(asideOf(oldOf(FIRST)))) {
        writeFileSync(asideOf(oldOf(FIRST)), newer);
        isWritten = true;
      }
      return read;
    };
    const summary = await apply({ plan: out, oldFiles: 'remove', now });
    expect(isWritten).toBe(true);
    expect(summary).toMatchObject({ success: 2, failed: 1, removed: 2, byReason: { 'changed-meanwhile': 1 } });
    expect(readFileSync(join(from, oldOf(FIRST)))).toEqual(newer);
    expect(existsSync(asideOf(oldOf(FIRST)))).toBe(false);
  });

  it('is not deleted by finish where it was written after it was moved', async () => {
    await threeDays('moved');
    writeFileSync(asideOf(oldOf(FIRST)), await oldFile({ date: FIRST, offset: 3 }));
    expect(finish({ plan: out })).toMatchObject({ leftAside: [{ path: oldOf(FIRST), found: 'old-file-changed' }] });
    expect(existsSync(asideOf(oldOf(FIRST)))).toBe(true);
  });
});

describe('3: a journal that is gone', () => {
  it.each([
    ['the new root', () => rmSync(to, { recursive: true })],
    ['its hidden folder', () => rmSync(join(to, '.vision-cache'), { recursive: true })],
    ['the journal alone', () => rmSync(journalOf())],
    ['its end, which never reached the disk', () => writeFileSync(journalOf(), '')],
  ])('is told with 2 while old files stand aside: %s', async (_, lose) => {
    await threeDays('moved');
    lose();
    for (const command of ['rollback', 'apply', 'finish', 'verify']) {
      const { code, err } = await cli(command, out);
      expect([command, code, err]).toEqual([command, 2, expect.stringMatching(/stand aside|E_JOURNAL_DAMAGED/)]);
    }
    expect(rollbackFromFolders({ plan: out })).toMatchObject({ restored: 3, left: [] });
  });

  it('is told where one byte of the plan has changed', async () => {
    await threeDays('moved');
    writeFileSync(out, readFileSync(out, 'utf8').replace('"market":"spot"', '"market":"spor"'));
    const { code, err } = await cli('rollback', out);
    expect([code, err]).toEqual([2, expect.stringMatching(/^E_PLAN: .*--from-folders/)]);
    expect((await cli('rollback', '--from-folders', out)).code).toBe(0);
    expect(existsSync(join(from, oldOf(FIRST)))).toBe(true);
  });

  it('is told where old files of another plan stand aside', async () => {
    await threeDays('moved');
    plan({ from, to, out: `${out}-2` });
    expect((await cli('rollback', `${out}-2`)).code).toBe(2);
  });
});

describe('7: one folder too high', () => {
  it('says which folders below look like caches, with 1', async () => {
    put(from, `cache/${oldOf(FIRST)}`, await oldFile({}));
    const { code, out: text } = await cli('plan', '--from', from, '--to', to, '--out', out);
    expect(code).toBe(1);
    expect(text).toContain('  cache: 1\n');
  });

  it('says so with 1 also where some old files lie where they should', async () => {
    const bytes = await oldFile({});
    put(from, oldOf(FIRST), bytes);
    const args = ['plan', '--from', from, '--to', to, '--out', out];
    expect(await cli(...args)).toMatchObject({ code: 0, out: expect.not.stringContaining('WARNING') });
    put(from, `cache/${oldOf(FIRST)}`, bytes);
    const { code, out: text } = await cli(...args);
    expect([code, text]).toEqual([1, expect.stringContaining('  cache: 1\n')]);
    expect(text).toContain('old files: 1\n');
  });

  it('ends with 1 where there is no cache file, and with 0 where all are there already', async () => {
    put(from, 'notes.txt', 'x');
    expect((await cli('plan', '--from', from, '--to', to, '--out', out)).code).toBe(1);
    const { key, batch } = barsOf({});
    await new UnifiedCacheManager({ root: to }).save(key, batch, { source: 'vision', asOf: '2030-01-01' });
    expect((await cli('plan', '--from', to, '--to', to, '--out', out)).code).toBe(0);
  });
});

describe('8: what people see', () => {
  it('holds no raw control character of a name, C1 and bidirectional ones neither', async () => {
    const bad = 'a\u001b[31m\u009b31m\u202e\u2066x';
    put(from, `${bad}.arrow`, 'x');
    put(from, oldOf(FIRST), await oldFile({}));
    const texts = [await cli('plan', '--from', from, '--to', to, '--out', out)];
    const report = join(base.path, 'r.txt');
    for (const args of [['--json'], [], ['--report', report]]) texts.push(await cli('apply', out, ...args));
    texts.push(await cli('apply', bad), await cli(bad), await cli('apply', out, '--report', `/${bad}/x.txt`));
    const all = [...texts.flatMap(({ out: text, err }) => [text, err]), readFileSync(report, 'utf8')].join('');
    expect(all).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(JSON.parse(texts[1]!.out)).toMatchObject({ leftAlone: [{ path: `${bad}.arrow` }] });
  });

  it('notices a report that cannot be written before anything is done', async () => {
    await threeDays('planned');
    const before = whole();
    expect((await cli('apply', out, '--report', join(base.path, 'no/folder.txt'))).code).toBe(2);
    expect(whole()).toEqual(before);
  });
});

describe('9: the text report', () => {
  it('gives the reason in words once, and each reason under what it explains', async () => {
    put(from, oldOf(FIRST), await oldFile({}));
    put(from, 'data/spot/daily/klines/A/1h/A-1h-2024-01-01.arrow', 'text');
    const planned = await cli('plan', '--from', from, '--to', to, '--out', out);
    expect(planned.out).toContain('apply may refuse some of them');
    const report = join(base.path, 'r.txt');
    const { out: text } = await cli('apply', out, '--report', report);
    expect(text).toMatch(/ {2}failed: refused: 1\n {4}text: 1\n/);
    const line = readFileSync(report, 'utf8')
      .split('\n')
      .find((each) => each.startsWith('failed: refused'))!;
    expect(line).toContain('It is text under a wrong name.');
    expect(line.match(/\btext\b/g)).toHaveLength(2);
  });

  it('speaks of the market only where files name none, and tells the version', async () => {
    put(from, 'data/spot/daily/klines/A/1h/A-1h-2024-01-01.arrow', await oldFile({ symbol: 'A' }));
    expect((await cli('plan', '--from', from, '--to', to, '--out', out)).out).not.toContain('market of files');
    expect((await cli('apply', out)).out).not.toContain('market of files');
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await cli('--version')).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe('10: planned again', () => {
  it('migrates what was lost since, and skips what is there and equal', async () => {
    await threeDays('planned');
    await apply({ plan: out });
    rmSync(join(to, newOf(FIRST)));
    const again = `${out}-2`;
    expect(plan({ from, to, out: again }).id).not.toBe(openPlan(out).id);
    expect(await apply({ plan: again })).toMatchObject({ success: 1, skipped: 2 });
    expect(existsSync(join(to, newOf(FIRST)))).toBe(true);
  });

  it('migrates again by the same plan, also from where the old file stands aside', async () => {
    await threeDays('moved');
    rmSync(join(to, newOf(FIRST)));
    expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ success: 3, removed: 3 });
    expect(verify({ plan: out })).toMatchObject({ success: 3, failed: 0 });
    expect((await rollback({ plan: out })).findings).toEqual([]);
    expect(existsSync(join(from, oldOf(FIRST)))).toBe(true);
  });

  it('says after finish what is gone', async () => {
    await threeDays('moved');
    finish({ plan: out });
    rmSync(join(to, newOf(FIRST)));
    expect((await cli('apply', out)).code).toBe(1);
    expect((await cli('verify', out)).code).toBe(1);
  });
});

describe('11: the last copy', () => {
  it.each([
    ['removed', () => rmSync(join(to, newOf(FIRST)))],
    ['damaged', () => writeFileSync(join(to, newOf(FIRST)), 'x')],
    ['replaced by other values', () => copyFileSync(join(to, newOf(DAYS[1]!)), join(to, newOf(FIRST)))],
  ])('is left where the new entry was %s since, and the rest is deleted', async (_, spoil) => {
    await threeDays('moved');
    const bytes = readFileSync(asideOf(oldOf(FIRST)));
    spoil();
    const { code, out: text } = await cli('finish', out);
    expect([code, text]).toEqual([1, expect.stringContaining(oldOf(FIRST))]);
    expect(readFileSync(asideOf(oldOf(FIRST)))).toEqual(bytes);
    expect(existsSync(asideOf(oldOf(DAYS[1]!)))).toBe(false);
  });

  it.each(['moved', 'applied'] as const)(
    'finish tells no success of an entry that is gone, and ends with 1: %s',
    async (stage) => {
      await threeDays(stage);
      rmSync(join(to, newOf(FIRST)));
      const { code, out: said } = await cli('finish', out, '--json');
      const { success, failed } = JSON.parse(said) as { success: number; failed: number };
      expect({ code, success, failed }).toEqual({ code: 1, success: 2, failed: 1 });
      // The account of every file says the same.
      expect(said.match(/"fate":"(refused|vanished)"/g)).toHaveLength(1);
      expect((await cli('finish', out)).code).toBe(1);
    },
  );

  it('of somebody else in the folder of moved files stays, with finish and with rollback', async () => {
    await threeDays('moved');
    put(asideOf('.'), 'mine.txt', 'mine');
    const mine = asideOf('mine.txt');
    expect((await rollback({ plan: out })).findings).toEqual([{ path: 'mine.txt', found: 'left' }]);
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    await apply({ plan: out, oldFiles: 'remove' });
    expect((await cli('finish', out)).code).toBe(1);
    expect(readFileSync(mine, 'utf8')).toBe('mine');
  });

  it('is not taken back by rollback where the old file is gone', async () => {
    await threeDays('moved');
    rmSync(asideOf(oldOf(FIRST)));
    const { findings } = await rollback({ plan: out });
    expect(findings.map(({ found }) => found).sort()).toEqual(['last-copy', 'vanished']);
    expect(existsSync(join(to, newOf(FIRST)))).toBe(true);
    expect(existsSync(join(from, oldOf(DAYS[1]!)))).toBe(true);
  });

  it('is finished where others have added rows to the entry since', async () => {
    put(from, oldOf(FIRST), await oldFile({ bars: [0, 1] }));
    plan({ from, to, out });
    await apply({ plan: out, oldFiles: 'remove' });
    const { key, batch } = barsOf({});
    await new UnifiedCacheManager({ root: to }).save(key, batch, { source: 'vision', asOf: '2030-01-01' });
    expect(finish({ plan: out })).toMatchObject({ leftAside: [] });
    expect(existsSync(asideOf(oldOf(FIRST)))).toBe(false);
  });
});
