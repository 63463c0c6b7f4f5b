import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { keysBetween } from '@vision-cache/cache-keys';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.ts';
import { DemoPage } from './demo-page.ts';
import { type RunningDemo, startDemo } from './demo-process.ts';

jest.setTimeout(240_000);

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Where the embedded archive's clock stands. */
const NOW = Date.UTC(2025, 6, 1, 12);
const GAP = { from: Date.UTC(2025, 5, 25, 2, 10), to: Date.UTC(2025, 5, 25, 5, 40) };

(chromiumPath === undefined ? describe.skip : describe)('what the page says of a cache', () => {
  let temporary: string;
  let demo: RunningDemo;
  let browser: Browser;
  let context: BrowserContext;
  /** Open times and volumes of every minute that is stored of May to July 2025, read from the cache by another process. */
  let stored: { readonly times: readonly number[]; readonly volumes: readonly number[] };

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'demo-truth-'));
    demo = await startDemo(['--port', '0'], temporary);
    browser = await launchChromium();
    context = await browser.newContext();
    const [folder] = await readdir(temporary);
    const cache = new UnifiedCacheManager({ root: join(temporary, folder!) });
    const keys = keysBetween({ symbol: 'BTCUSDT', interval: '1m', start: '2025-05-01', end: NOW });
    const { batch } = await cache.loadMany(keys);
    const columns = batch.columns as unknown as { open_time: BigInt64Array; volume: Float64Array };
    stored = { times: Array.from(columns.open_time, (at) => Number(at / 1000n)), volumes: [...columns.volume] };
  });
  afterAll(async () => {
    await browser.close();
    // Not by Ctrl-C: a terminal that is closed sends this one.
    expect(await demo.stop('SIGHUP')).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  const addressAt = (from: number, to: number, more = ''): string =>
    `${demo.url}?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}${more}`;

  async function visit(act: (page: DemoPage) => Promise<void>, address = demo.url): Promise<void> {
    const page = await DemoPage.open(context, address);
    try {
      await act(page);
    } finally {
      await page.close();
    }
  }

  const within = (from: number, to: number): number[] => stored.times.filter((at) => at >= from && at < to);

  it('counts the bars and the gaps in view at ten zooms as the cache has them', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      const middle = GAP.from + 60 * MINUTE;
      for (const minutes of [12, 40, 90, 200, 425, 1000, 1440, 4321, 8640, 10_000]) {
        const from = middle - Math.floor(minutes / 3) * MINUTE;
        const to = from + minutes * MINUTE;
        await page.at(addressAt(from, to));
        const rows = within(from, to);
        expect([minutes, await page.bars()]).toEqual([minutes, rows.length]);
        expect([minutes, await page.counted('gap')]).toEqual([minutes, from < GAP.to && to > GAP.from ? 1 : 0]);
        const status = await page.text('.fetch-bar p');
        if (rows.length === 0)
          expect(status).toMatch(/^There is no bar in view: no data \(.*rest: answered without rows\)\.$/);
        else expect(status).toMatch(/^Everything in view is in the cache, but for 1 gap of [^:]+: no data/);
      }
    }));

  it.each([['30m', 30], ['1h', 60], ['4h', 240], ['1d', 1440]] as const)('counts bars of %s by what they are', (interval, minutes) =>
    visit(async (page) => {
      const [from, to] = [Date.UTC(2025, 5, 2), Date.UTC(2025, 5, 27)];
      const opens = new Set(within(from, to).map((at) => Math.floor(at / (minutes * MINUTE))));
      expect(await page.bars()).toBe(opens.size);
      expect(await page.counted('row')).toBe(within(from, to).length);
    }, addressAt(Date.UTC(2025, 5, 2), Date.UTC(2025, 5, 27), `&interval=${interval}`))); // prettier-ignore

  it('shows a candle unfinished that has not ended, and says what a candle is made of and lacks at every zoom', () =>
    visit(async (page) => {
      const box = (await page.page.locator('.stage').boundingBox())!;
      const hover = async (share: number): Promise<void> => {
        await page.page.mouse.move(box.x + (box.width - 75) * share, box.y + box.height / 2);
        await page.told();
      };
      for (const [from, to, share, told] of [
        [Date.UTC(2025, 5, 25), Date.UTC(2025, 5, 26), 4 / 24, /gap: no data, 06-25 02:10 – 06-25 05:40, .*rest: answered without rows/],
        [Date.UTC(2025, 5, 20), Date.UTC(2025, 5, 30), 5.2 / 10, /gap: no data/],
        [Date.UTC(2025, 4, 10), Date.UTC(2025, 6, 1), 46.17 / 52, /1,230 of 1,440 bars|\d+ of \d+ bars; gap: no data|gap: no data/],
      ] as const) {
        await page.at(addressAt(from, to));
        await hover(share);
        expect(await page.text('.legend')).toMatch(told);
      }
      await page.at(addressAt(Date.UTC(2025, 5, 10), NOW, '&interval=1d'));
      await page.page.mouse.move(2, 2);
      await page.told();
      expect(await page.text('.legend')).toMatch(/2025-07-01 00:00 UTC.*unfinished: it has not ended/);
    })); // prettier-ignore

  it('says of a candle of several sources that it is', () =>
    visit(async (page) => {
      // The 29th is the archive's, the 30th and the 1st are REST's; this process fetched them.
      await page.page.mouse.move(2, 2);
      await page.waitForText('.legend', /2025-06-16 00:00 UTC.*from Vision archive and Migrated/);
    }, addressAt(Date.UTC(2025, 2, 20), Date.UTC(2025, 5, 23), '&interval=1w'))); // prettier-ignore

  it('writes numbers into the table as they are published, sums too', () =>
    visit(async (page) => {
      await page.page.click('.as-table summary');
      await page.told();
      const rows = await page.page.locator('.as-table tbody tr').evaluateAll((lines) =>
        lines.map((line) => [...line.children].map((cell) => cell.textContent ?? '')),
      );
      expect(rows.length).toBeGreaterThan(20);
      for (const [moment, , , , , volume] of rows) {
        const from = Date.parse(`${moment!.replace(' ', 'T')}Z`);
        const ten = stored.times.reduce(
          (sum, at, row) => (at >= from && at < from + 60 * MINUTE ? sum + BigInt(Math.round(stored.volumes[row]! * 1e8)) : sum),
          0n,
        );
        const exact = `${String(ten / 100_000_000n)}.${String(ten % 100_000_000n).padStart(8, '0')}`.replace(/\.?0+$/, '');
        expect([moment, volume]).toEqual([moment, exact]);
      }
    }, addressAt(Date.UTC(2025, 5, 3), Date.UTC(2025, 5, 5), '&interval=1h'))); // prettier-ignore

  it('keeps view, symbol, interval, range and zone in the address, for reload, Back and whoever is given it', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.choose('15m');
      await page.page.selectOption('#zone', 'Asia/Tokyo');
      await page.page.click('.spans >> text=1W');
      await page.settled();
      const status = await page.status();
      expect([page.address.get('interval'), page.address.get('zone')]).toEqual(['15m', 'Asia/Tokyo']);
      await page.page.reload();
      await page.settled();
      expect(await page.status()).toBe(status);
      await page.turnTo('coverage');
      expect(page.address.get('view')).toBe('coverage');
      await page.page.goBack();
      expect(await page.page.isVisible('.stage')).toBe(true);
      expect(page.address.get('view')).toBe('chart');
      const given = await DemoPage.open(context, page.page.url());
      expect([page.page.url(), await given.notices(), await given.status()]).toEqual([given.page.url(), [], status]);
      await given.close();
      await page.page.goBack();
      await page.page.goBack();
      await page.page.goBack();
      await page.page.waitForFunction(() => document.querySelector<HTMLInputElement>('input[value="1m"]')?.checked);
    }));

  it('writes no other series into the address while the one that it names is being loaded', async () => {
    const page = await context.newPage();
    try {
      await page.addInitScript(() => {
        const written: string[] = [];
        Object.assign(window, { written });
        for (const name of ['pushState', 'replaceState'] as const) {
          const write = history[name].bind(history);
          history[name] = (...args) => {
            written.push(String(args[2]));
            write(...args);
          };
        }
      });
      await page.route('**/api/stored*', async (route) => {
        await new Promise((done) => setTimeout(done, 1500));
        await route.continue();
      });
      await page.goto(addressAt(Date.UTC(2025, 5, 24), NOW, '&interval=15m'));
      await page.waitForFunction(() => /resampled/.test(document.querySelector('.chart-status')?.textContent ?? ''));
      await page.waitForFunction(() => location.search.includes('view=chart'));
      const written = await page.evaluate(() => (window as unknown as { written: string[] }).written);
      expect(written.filter((address) => !address.includes('interval=15m'))).toEqual([]);
    } finally {
      await page.close();
    }
  });

  it('clears prices and numbers when the symbol changes, and takes a refused symbol back', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.page.fill('#symbol', 'ETHUSDT');
      await page.page.press('#symbol', 'Enter');
      await page.waitForText('.fetch-bar p', /not in the cache/);
      await page.told();
      expect(await page.text('.legend')).not.toMatch(/\d/);
      expect(await page.bars()).toBe(0);
      for (const [symbol, notice] of [['../etc', /symbol/i], ['NOSUCHUSDT', /NOSUCHUSDT/]] as const) {
        await page.page.fill('#symbol', symbol);
        await page.page.press('#symbol', 'Enter');
        if (symbol === 'NOSUCHUSDT') {
          await page.waitForText('.fetch-bar p', /not in the cache/);
          await page.page.waitForURL(/symbol=NOSUCHUSDT/);
          await page.page.click('.fetch-bar >> text=Fetch');
        }
        await page.waitForText('.notices', notice);
        await page.page.waitForFunction(() => document.querySelector<HTMLInputElement>('#symbol')?.value === 'ETHUSDT');
      }
    })); // prettier-ignore

  it('says why it does not fetch all that is in view by itself', () =>
    visit(async (page) => {
      await page.page.click('.spans >> text=All');
      await page.waitForText('.fetch-bar p', /8\d\d days in view not in the cache\. More than 400 at once are fetched only when you press Fetch\./);
    })); // prettier-ignore

  it('covers no control with a message, and lets messages leave', () =>
    visit(async (page) => {
      await page.page.clock.install();
      await page.page.route('**/api/coverage*', (route) =>
        route.fulfill({ status: 502, json: { code: 'E_X', sentence: 'Something that could not be had.' } }),
      );
      await page.choose('5m');
      await page.page.waitForSelector('.notice');
      const covered = await page.page.evaluate(() => {
        const notice = document.querySelector('.notice')!.getBoundingClientRect();
        return [...document.querySelectorAll<HTMLElement>('main button, main input, main select')]
          .filter((control) => control.closest('.notice, [hidden]') === null)
          .map((control) => control.getBoundingClientRect())
          .filter(({ width, left, right, top, bottom }) => width > 0 && left < notice.right && right > notice.left && top < notice.bottom && bottom > notice.top).length;
      });
      expect(covered).toBe(0);
      await page.page.clock.runFor(13_000);
      expect(await page.notices()).toEqual([]);
    })); // prettier-ignore

  it('shows the state of the theme, the dot in the legend, a long symbol whole, and on a phone that the calendar scrolls', () =>
    visit(async (page) => {
      expect(await page.page.getAttribute('#theme', 'aria-pressed')).toBe('true');
      await page.page.click('#theme');
      expect(await page.page.getAttribute('#theme', 'aria-pressed')).toBe('false');
      await page.fetchAsScrolled(false);
      await page.page.fill('#symbol', '1000000MOGUSDT_250926');
      await page.page.press('#symbol', 'Enter');
      await page.page.waitForFunction(() => document.querySelector('#symbol')?.getAttribute('title') === '1000000MOGUSDT_250926');
      expect(await page.page.locator('#symbol').evaluate((box) => box.scrollWidth <= box.clientWidth)).toBe(true);
      await page.turnTo('coverage');
      expect(await page.text('.key .cell-gaps + *, .key li:has(.cell-gaps)')).toContain('With gaps');
      await page.page.setViewportSize({ width: 390, height: 844 });
      await page.page.waitForSelector('.weeks-scroll.more-left, .weeks-scroll.more-right');
      expect(await page.page.isVisible('.scroll-note')).toBe(true);
    })); // prettier-ignore

  it('answers for nine years of coverage while it answers others', async () => {
    const nineYears = `from=${String(Date.UTC(1999, 0))}&to=${String(NOW + 3000 * DAY)}`;
    const answered: string[] = [];
    const coverage = fetch(`${demo.url}api/coverage?marketType=spot&symbol=BTCUSDT&interval=1m&${nineYears}`);
    const setup = fetch(`${demo.url}api/setup`);
    await Promise.all([coverage.then(() => answered.push('coverage')), setup.then(() => answered.push('setup'))]);
    expect(answered).toEqual(['setup', 'coverage']);
    const { entries } = (await (await coverage).json()) as { entries: { date: string; state: string }[] };
    expect(entries.length).toBeGreaterThanOrEqual(62);
    expect(entries.length).toBeLessThan(913);
    expect(entries.find(({ date }) => date === '2025-06-25')?.state).toBe('gaps');
  }); // prettier-ignore
});
