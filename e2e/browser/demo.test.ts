import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import axe from 'axe-core';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { chromiumPath, launchChromium } from './chromium.ts';
import { DemoPage, type PageOptions } from './demo-page.ts';
import { runDemo, type RunningDemo, startDemo } from './demo-process.ts';

jest.setTimeout(240_000);

const PICTURES = fileURLToPath(new URL('./test-output/', import.meta.url));

/** The server and the browser start while the command line is tried. */
let starting: Promise<readonly [RunningDemo, Browser]> | undefined;

beforeAll(() => {
  if (chromiumPath === undefined) return;
  starting = Promise.all([startDemo(['--port', '0']), launchChromium()]);
  starting.catch(() => undefined); // It is told where it is waited for.
});

describe('npm run demo', () => {
  it('tells its account, ends with 0 when asked for it once, and leaves nothing behind', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'demo-once-'));
    const { code, told } = await runDemo(['--once'], temporary);
    expect(told).toMatch(/old cache of \d+ files/);
    expect(told).toMatch(/success \d+, failed \d+, skipped \d+/);
    expect(told).toMatch(/2025-06-20 – 2025-06-22 +4,320 +cache, migrated/);
    expect(told).toMatch(/2025-06-12 +1,440 +rest/);
    expect(told).toMatch(/2025-06-25 +1,230 of 1,440 +vision +02:10–05:40/);
    expect(told).toMatch(/The same again\n.*62 hits, 0 misses; no request/);
    expect(code).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
    await rm(temporary, { recursive: true });
  });

  it('says in one sentence that a port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    const { code, complained } = await runDemo(['--port', String(port)]);
    taken.close();
    expect(complained.trim().split('\n').at(-1)).toBe(
      `Port ${String(port)} is in use. Choose another with --port, or --port 0 for any free one.`,
    );
    expect(code).toBe(1);
  });

  it('says what is wrong with the command line', async () => {
    const { code, complained } = await runDemo(['--port', 'seven']);
    expect(complained.trim().split('\n').at(-1)).toMatch(/^--port takes a number/);
    expect(code).toBe(2);
  });

  it('shows somebody’s own cache as it is and writes nothing into it', async () => {
    const own = await mkdtemp(join(tmpdir(), 'own-cache-'));
    await writeFile(join(own, 'notes.txt'), 'mine');
    const { code, told } = await runDemo(['--cache', own, '--once']);
    expect(told).toContain('nothing is fetched');
    expect(code).toBe(0);
    expect(await readdir(own)).toEqual(['notes.txt']);
    const gone = await runDemo(['--cache', join(own, 'nowhere'), '--once']);
    expect(gone.complained).toContain('There is no folder');
    expect(gone.code).toBe(1);
    await rm(own, { recursive: true });
  });
});

(chromiumPath === undefined ? describe.skip : describe)('the page', () => {
  let demo: RunningDemo;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true });
    [demo, browser] = await starting!;
    context = await browser.newContext();
  });
  afterAll(async () => {
    await browser.close();
    expect(await demo.stop()).toBe(0);
  });

  async function visit(act: (page: DemoPage) => Promise<void>, options?: PageOptions): Promise<void> {
    const page = await DemoPage.open(context, demo.url, options);
    try {
      await act(page);
    } finally {
      await page.close();
    }
  }

  it('draws the newest days, asks no other host, and makes the browser complain of nothing', () =>
    visit(async (page) => {
      const [from, to] = await page.span();
      expect([from, to]).toEqual(['2025-06-19 12:00', '2025-07-01 12:00']);
      expect(await page.bars()).toBeGreaterThan(16_000);
      expect(await page.text('.legend')).toMatch(/C [\d,.]+.*from REST/);
      const hosts = new Set(page.requested.map((url) => new URL(url).host));
      expect([...hosts]).toEqual([new URL(demo.url).host]);
      expect(page.complaints).toEqual([]);
    }));

  it('scrolls to the left and loads the days that come into view', () =>
    visit(async (page) => {
      const [before] = await page.span();
      await page.drag(0.7);
      const [after] = await page.span();
      expect(after < before).toBe(true);
      await page.settled();
      expect(await page.text('.fetch-bar p')).toBe('Everything in view is in the cache.');
      expect(page.requested.some((url) => url.includes('date=2025-06-1'))).toBe(true);
    }));

  it('moves and zooms by keys', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      const [from] = await page.span();
      await page.press('ArrowLeft');
      expect((await page.span())[0] < from).toBe(true);
      const bars = await page.bars();
      await page.press('+', '+');
      expect(await page.bars()).toBeLessThan(bars);
      await page.press('Home');
      expect((await page.span())[0].slice(0, 4)).toMatch(/202[23]/);
      await page.press('End');
      expect((await page.span())[1] >= '2025-07-01').toBe(true);
    }));

  it('plans and fetches a span that is missing', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.choose('1h');
      await page.page.fill('#symbol', 'ETHUSDT');
      await page.page.press('#symbol', 'Enter');
      await page.waitForText('.fetch-bar p', /\d+ days? in view not in the cache/);
      await page.page.click('text=Plan');
      await page.waitForText('.fetch-bar p', /\d+ requests?, [\d.]+ [kM]B.*, for \d+ days?/);
      await page.page.click('.fetch-bar >> text=Fetch');
      await page.waitForText('.fetch-bar p', /Everything in view is in the cache/);
      await page.settled();
      expect(await page.bars()).toBeGreaterThan(250);
      await page.page.setChecked('#origins', true);
      expect(await page.text('.legend')).toMatch(/from (Vision archive|REST)/);
      expect(await page.text('.figures')).toMatch(/Requests[\d,]+/);
    }));

  it('fetches as one scrolls', () =>
    visit(async (page) => {
      await page.choose('1d');
      await page.waitForText('.fetch-bar p', /Everything in view is in the cache/);
    }));

  it('resamples what is not stored, and draws coarser what could not be seen', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.choose('30m');
      await page.waitForText('.chart-status', /resampled from 1m/);
      await page.choose('1m');
      await page.page.click('text=1M');
      await page.waitForText('.chart-status', /drawn at \dh/);
    }));

  it('shows a gap with its kind and evidence', () =>
    visit(async (page) => {
      await page.turnTo('coverage');
      await page.page.click('[data-date="2025-06-25"]');
      await page.waitForText('.entry-panel', /1 gap/);
      const panel = await page.text('.entry-panel');
      expect(panel).toContain('1,230 of 1,440');
      expect(panel).toMatch(/no data2025-06-25 02:10 – 2025-06-25 05:40 UTC/);
      expect(panel).toMatch(/rest: answered without rows/);
      expect(await page.page.getAttribute('[data-date="2025-06-25"]', 'aria-label')).toMatch(
        /with gaps, 1,230 of 1,440 rows, .*1 gap/,
      );
      await page.page.click('text=Show in chart');
      await page.settled();
      const box = (await page.page.locator('.stage').boundingBox())!;
      await page.page.mouse.move(box.x + box.width * 0.24, box.y + box.height / 2);
      await page.waitForText('.legend', /gap: no data/);
    }));

  it('verifies, invalidates and fetches an entry again', () =>
    visit(async (page) => {
      await page.turnTo('coverage');
      await page.page.click('[data-date="2025-06-28"]');
      await page.page.click('.entry-panel >> text=Verify');
      await page.waitForText('.finding', /Sound: 1,440 rows, every byte agrees with the seal/);
      await page.page.click('.entry-panel >> text=Invalidate');
      await page.waitForText('.entry-panel', /Not asked/);
      await page.page.click('.entry-panel >> text=Fetch');
      await page.waitForText('.entry-panel', /Complete/);
    }));

  it('walks the calendar by keys', () =>
    visit(async (page) => {
      await page.turnTo('coverage');
      await page.page.click('[data-date="2025-06-25"]');
      await page.page.keyboard.press('ArrowDown');
      await page.page.keyboard.press('ArrowLeft');
      const focused = await page.page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset['date']);
      expect(focused).toBe('2025-06-19');
    }));

  it('tells times in the zone that is chosen', () =>
    visit(async (page) => {
      await page.page.selectOption('#zone', 'Asia/Tokyo');
      await page.waitForText('.chart-status', /2025-07-01 21:00 GMT\+9/);
    }));

  it('stops a fetch and says what was kept', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.page.click('text=1Y');
      await page.waitForText('.fetch-bar p', /\d+ days in view not in the cache/);
      await page.page.click('.fetch-bar >> text=Fetch');
      await page.page.click('.fetch-bar >> text=Cancel');
      await page.waitForText('.fetch-bar p', /Cancelled\. (Nothing had arrived yet|What had arrived was kept)/);
    }));

  it('says why something cannot be had, and keeps the page as it is', () =>
    visit(async (page) => {
      await page.page.route('**/api/coverage*', (route) =>
        route.fulfill({
          status: 502,
          json: { code: 'E_INTEGRITY', sentence: 'The entry is damaged. It was set aside; fetch the day again.' },
        }),
      );
      await page.choose('5m');
      await page.page.waitForSelector('.notice');
      expect(await page.notices()).toEqual(['The entry is damaged. It was set aside; fetch the day again.']);
      expect(await page.page.isVisible('.stage canvas')).toBe(true);
    }));

  it('says in a sentence that a symbol is unknown or is none', () =>
    visit(async (page) => {
      await page.fetchAsScrolled(false);
      await page.page.fill('#symbol', 'NOSUCHUSDT');
      await page.page.press('#symbol', 'Enter');
      await page.waitForText('.fetch-bar p', /not in the cache/);
      await page.page.click('.fetch-bar >> text=Fetch');
      await page.page.waitForSelector('.notice');
      expect((await page.notices())[0]).toMatch(/NOSUCHUSDT/);
      await page.page.fill('#symbol', '../etc');
      await page.page.press('#symbol', 'Enter');
      await page.waitForText('.notices', /not a symbol|symbol/i);
      expect((await page.notices()).join(' ')).not.toMatch(/ at \w+ \(/);
    }));

  it('says that the server is gone', () =>
    visit(async (page) => {
      await page.page.route('**/api/**', (route) => route.abort());
      await page.choose('3m');
      await page.page.waitForSelector('.notice');
      expect((await page.notices())[0]).toContain('does not answer');
    }));

  it('takes a migration back and does it again', () =>
    visit(async (page) => {
      await page.turnTo('migration');
      await page.waitForText('.migration-view', /has been applied/);
      await page.page.click('text=Roll back');
      await page.waitForText('.said', /byte for byte/);
      expect(await page.text('.counts')).toMatch(/\d+migrate/);
      expect(await page.text('.tree')).toMatch(/G7\/G8\/G9/);
      await page.page.click('.migration-actions >> text=Apply');
      // What was fetched or read meanwhile may be there already; what cannot be read stays refused.
      const said = await page.waitForText('.said', /success \d+, failed \d+, skipped \d+/);
      expect(said).toMatch(/success 28, failed 3, skipped 0/);
      await page.page.click('.migration-actions >> text=Verify');
      await page.waitForText('.said', /Verified: success \d+, failed 0/);
    }));

  it.each([
    ['dark', 1440, 900],
    ['light', 1440, 900],
    ['dark', 390, 844],
    ['light', 390, 844],
  ] as const)('has nothing that axe objects to, and its picture taken: %s, %i pixels wide', (theme, width, height) =>
    visit(
      async (page) => {
        await page.page.evaluate(axe.source);
        expect(await page.page.getAttribute('html', 'data-theme')).toBe(theme);
        await page.page.setChecked('#origins', true);
        for (const view of ['chart', 'coverage', 'migration'] as const) {
          await page.ready(view);
          const wide = await page.page.evaluate(() => document.documentElement.scrollWidth);
          expect(wide).toBeLessThanOrEqual(width);
          await page.page.screenshot({ path: join(PICTURES, `${view}-${theme}-${String(width)}.png`), fullPage: true });
          expect({ view, violations: await violations(page) }).toEqual({ view, violations: [] });
        }
      },
      { theme, width, height },
    ),
  );
});

async function violations({ page }: DemoPage): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
    );
  });
}
