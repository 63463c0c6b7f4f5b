import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.ts';
import { DemoPage } from './demo-page.ts';
import { type RunningDemo, startDemo } from './demo-process.ts';

jest.setTimeout(240_000);

/** What README.md shows. `PICTURE=write` takes it again. */
const PICTURE = fileURLToPath(new URL('../../docs/page.png', import.meta.url));
const SIZE = { width: 1120, height: 700 };

(chromiumPath === undefined ? describe.skip : describe)('the picture of the page in the README', () => {
  let demo: RunningDemo;
  let browser: Browser;

  beforeAll(async () => {
    [demo, browser] = await Promise.all([startDemo(['--port', '0']), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await demo.stop();
  });

  it('is what the page looks like now', async () => {
    const from = new Date(Date.UTC(2025, 5, 19)).toISOString();
    const to = new Date(Date.UTC(2025, 6, 1, 12)).toISOString();
    const address = `${demo.url}?interval=1h&from=${from}&to=${to}`;
    const page = await DemoPage.open(await browser.newContext(), address, { theme: 'light', ...SIZE });
    await page.page.setChecked('#origins', true);
    await page.settled();
    const now = await page.page.screenshot();
    if (process.env['PICTURE'] === 'write') await writeFile(PICTURE, now);
    const stored = await readFile(PICTURE);
    expect(await difference(page, now, stored)).toBeLessThan(0.04);
    // The comparison sees a page that looks otherwise.
    await page.turnTo('coverage');
    await page.told();
    expect(await difference(page, await page.page.screenshot(), stored)).toBeGreaterThan(0.04);
    await page.close();
  });
});

/** The share of places that differ, seen from afar: letters of another font and times do not count. */
function difference({ page }: DemoPage, a: Buffer, b: Buffer): Promise<number> {
  return page.evaluate(
    async (sources) => {
      const [first, second] = await Promise.all(
        sources.map(async (source) => {
          const image = new Image();
          image.src = `data:image/png;base64,${source}`;
          await image.decode();
          const canvas = new OffscreenCanvas(56, 35);
          const context = canvas.getContext('2d')!;
          context.imageSmoothingQuality = 'high';
          context.drawImage(image, 0, 0, 56, 35);
          return context.getImageData(0, 0, 56, 35).data;
        }),
      );
      let others = 0;
      for (const [at, value] of first!.entries()) if (Math.abs(value - second![at]!) > 20) others += 1;
      return others / first!.length;
    },
    [a.toString('base64'), b.toString('base64')],
  );
}
