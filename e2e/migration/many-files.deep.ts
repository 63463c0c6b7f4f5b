import { mkdirSync, existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArrowFile } from '@vision-cache/arrow-store';
import { apply, openPlan, outcomes, plan, rollback, verify } from '@vision-cache/migrator';
import { describe, expect, it } from '@jest/globals';
import { dayOf, migrationFolders } from './migration.fixture.ts';
import { ofAnotherDay, oldFile, put, treeOf } from './old-cache.fixture.ts';

const folders = migrationFolders();

describe('F50: a tree of 2,000 files, good and bad', () => {
  it('takes all good ones, leaves all bad ones, and reports just that', async () => {
    const first = dayOf(0);
    const templates: Buffer[] = [];
    for (let offset = 0; offset < 20; offset++) templates.push(await oldFile('S0USDT', '1h', first, undefined, offset));
    for (let index = 0; index < 1900; index++) {
      const symbol = `S${index % 20}USDT`;
      const date = dayOf(Math.floor(index / 20));
      const name =
        index % 7 === 0 ? `${symbol.toLowerCase()}/1h/${date.replaceAll('-', '')}.arrow` : `${symbol}/1h/${date}.arrow`;
      put(folders.from, name, ofAnotherDay(templates[index % 20]!, '1h', first, date));
    }
    const sample = await oldFile('BADUSDT', '1h', '2023-01-01');
    const bad: Record<string, Buffer | string> = {
      zero: '',
      half: sample.subarray(0, sample.length >> 1),
      cut: sample.subarray(0, sample.length - 3),
      zeros: Buffer.alloc(4096),
      xml: '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
      lfs: 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    };
    let index = 0;
    for (const bytes of Object.values(bad))
      for (let each = 0; each < 10; each++) put(folders.from, `BADUSDT/1h/${dayOf(index++)}.arrow`, bytes);
    // A flipped exponent of the first price: only the bar itself tells.
    const price = Buffer.from(Float64Array.of(100, 100.25).buffer);
    for (let each = 0; each < 10; each++) {
      const flipped = await oldFile('BADUSDT', '1h', dayOf(index));
      flipped[flipped.indexOf(price) + 7]! ^= 0x10;
      put(folders.from, `BADUSDT/1h/${dayOf(index++)}.arrow`, flipped);
    }
    for (const name of [
      'notes.arrow',
      '.DS_Store',
      'BTCUSDT/README',
      'S1USDT/1h/2023-01-01.arrow.lock',
      'S1USDT/7h/2023-01-01.arrow',
      'S1USDT/1h/2023-02-30.arrow',
    ]) {
      put(folders.from, name, 'x');
    }
    mkdirSync(join(folders.from, 'empty/folder'), { recursive: true });
    symlinkSync('/etc', join(folders.from, 'S1USDT/etc'));
    symlinkSync('..', join(folders.from, 'S1USDT/loop'));
    const before = treeOf(folders.from);

    const { totals } = plan(folders);
    expect(totals).toMatchObject({ files: 1970, left: 8 });
    expect(treeOf(folders.from)).toEqual(before);
    const summary = await apply({ plan: folders.out, oldFiles: 'remove' });
    expect(summary).toMatchObject({
      success: 1900,
      failed: 70,
      skipped: 0,
      files: 1970,
      removed: 1900,
      byReason: { 'impossible-prices': 10 },
    });

    // The report equals what is on the disk.
    const left = readdirSync(folders.from, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && !entry.parentPath.includes('.vision-cache'),
    );
    expect(left.filter(({ parentPath }) => parentPath.includes('BADUSDT'))).toHaveLength(70);
    let rows = 0;
    for (const { outcome } of outcomes(openPlan(folders.out))) {
      for (const { path } of outcome.targets) rows += (await readArrowFile(join(folders.to, path))).numRows;
    }
    expect(rows).toBe(1900 * 24);
    expect(verify({ plan: folders.out })).toMatchObject({ success: 1900, failed: 0, skipped: 70 });
    expect(await rollback({ plan: folders.out })).toMatchObject({ restored: 1900, takenBack: 1900, findings: [] });
    expect(treeOf(folders.from)).toEqual(before);
    expect(existsSync(folders.to)).toBe(false);
  });
});

describe('one file of many that may not be read', () => {
  it('is told, and the rest goes on', async () => {
    for (let day = 0; day < 5; day++)
      put(folders.from, `BTCUSDT/1h/${dayOf(day)}.arrow`, await oldFile('BTCUSDT', '1h', dayOf(day)));
    plan(folders);
    rmSync(join(folders.from, `BTCUSDT/1h/${dayOf(2)}.arrow`));
    mkdirSync(join(folders.from, `BTCUSDT/1h/${dayOf(2)}.arrow`));
    writeFileSync(join(folders.from, `BTCUSDT/1h/${dayOf(2)}.arrow/x`), '');
    expect(await apply({ plan: folders.out })).toMatchObject({ success: 4, failed: 1 });
  });
});
