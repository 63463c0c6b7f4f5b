import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.ts';
import { DemoPage } from './demo-page.ts';
import { type RunningDemo, startDemo } from './demo-process.ts';

jest.setTimeout(240_000);

(chromiumPath === undefined ? describe.skip : describe)('the page, over a cache that cannot be written', () => {
  let temporary: string;
  let demo: RunningDemo;
  let browser: Browser;

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'demo-unwritable-'));
    [demo, browser] = await Promise.all([startDemo(['--port', '0'], temporary), launchChromium()]);
    const [folder] = await readdir(temporary);
    const staging = join(temporary, folder!, '.vision-cache', 'tmp');
    await rm(staging, { recursive: true });
    // Also a superuser, who may write everywhere, writes nothing below a file.
    await writeFile(staging, '');
  });
  afterAll(async () => {
    await browser.close();
    await demo.stop();
    await rm(temporary, { recursive: true, force: true });
  });

  it('says so once, with the number of days and why', async () => {
    const page = await DemoPage.open(await browser.newContext(), demo.url);
    await page.fetchAsScrolled(false);
    await page.choose('1h');
    await page.page.fill('#symbol', 'ETHUSDT');
    await page.page.press('#symbol', 'Enter');
    const [, days] = /(\d+) days/.exec(await page.waitForText('.fetch-bar p', /\d+ days in view not in the cache/))!;
    await page.page.click('.fetch-bar >> text=Fetch');
    await page.waitForText('.notices', new RegExp(`${days!} days or months .* could not be stored`));
    await page.waitForText('.fetch-bar p', /days in view not in the cache/);
    const told = (await page.notices()).filter((sentence) => sentence.includes('could not be stored'));
    expect(told).toEqual([
      expect.stringMatching(
        `^${days!} days or months that were fetched could not be stored\\. ".*" is where a folder should be\\.$`,
      ),
    ]);
    expect(page.complaints).toEqual([]);
    await page.close();
  });
});
