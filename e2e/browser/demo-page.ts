import type { BrowserContext, Page } from 'playwright-core';

export interface PageOptions {
  readonly theme?: 'dark' | 'light';
  readonly width?: number;
  readonly height?: number;
}

/** The demo in a browser, in the words of who uses it. */
export class DemoPage {
  readonly page: Page;
  /** What the page asked of any host. */
  readonly requested: string[] = [];
  /** What the browser complained about. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('request', (request) => this.requested.push(request.url()));
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** In a context that pages share, so that each need not fetch and compile the page's script again. */
  static async open(
    context: BrowserContext,
    url: string,
    { theme = 'dark', width = 1440, height = 900 }: PageOptions = {},
  ): Promise<DemoPage> {
    const demo = new DemoPage(await context.newPage());
    await demo.page.setViewportSize({ width, height });
    await demo.page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await demo.page.goto(url);
    await demo.settled();
    return demo;
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  /** Candles are drawn, and every entry in view is loaded. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(() => /\d/.test(document.querySelector('.legend-value')?.textContent ?? ''));
    await this.upToDate();
  }

  /** The page tells of a change after the frame that shows it, and not at once. */
  async told(): Promise<void> {
    await this.page.waitForTimeout(200);
  }

  /** A view with all that it shows. */
  async ready(view: 'chart' | 'coverage' | 'migration'): Promise<void> {
    await this.turnTo(view);
    if (view === 'chart') await this.settled();
    else if (view === 'migration') await this.page.waitForSelector('.tree details');
    else {
      await this.page.click('[data-date="2025-06-25"]');
      await this.waitForText('.entry-panel', /1 gap/);
    }
  }

  status(): Promise<string> {
    return this.text('.chart-status');
  }

  async text(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? '';
  }

  /** First and last instant in view, as the page tells them. */
  async span(): Promise<readonly [string, string]> {
    const [, from = '', to = ''] = /^(\S+ \S+) – (\S+ \S+)/.exec(await this.status()) ?? [];
    return [from, to];
  }

  async bars(): Promise<number> {
    return Number((/([\d,]+) bars?/.exec(await this.status())?.[1] ?? 'NaN').replaceAll(',', ''));
  }

  /** A number of the status, such as `gap` or `row`; 0 where it is not named. */
  async counted(word: string): Promise<number> {
    const [, text = '0'] = new RegExp(`([\\d,]+) ${word}s?\\b`).exec(await this.status()) ?? [];
    return Number(text.replaceAll(',', ''));
  }

  /** Opens the page again at an address. */
  async at(address: string): Promise<void> {
    await this.page.goto(address);
    await this.upToDate();
  }

  /** Everything that the chart shows is drawn, loaded and counted as it was asked for last. */
  async upToDate(): Promise<void> {
    await this.page.waitForSelector('.chart-view[aria-busy="false"]');
  }

  get address(): URLSearchParams {
    return new URL(this.page.url()).searchParams;
  }

  async turnTo(view: 'chart' | 'coverage' | 'migration'): Promise<void> {
    await this.page.click(`[data-view=${view}]`);
  }

  async choose(interval: string): Promise<void> {
    await this.page.click(`.segment:has(input[value="${interval}"])`);
    await this.page.waitForSelector('.chart-view[aria-busy="false"]', { state: 'attached' });
    await this.told();
  }

  async fetchAsScrolled(yes: boolean): Promise<void> {
    await this.page.setChecked('#auto-fetch', yes);
  }

  /** Drags the chart by a share of its width; to the right shows what was earlier. */
  async drag(share: number): Promise<void> {
    const box = (await this.page.locator('.stage').boundingBox())!;
    const y = box.y + box.height / 2;
    const from = box.x + box.width * (share > 0 ? 0.1 : 0.9);
    await this.page.mouse.move(from, y);
    await this.page.mouse.down();
    await this.page.mouse.move(from + box.width * share, y, { steps: 12 });
    await this.page.mouse.up();
    await this.told();
  }

  async press(...keys: readonly string[]): Promise<void> {
    await this.page.focus('.stage');
    for (const key of keys) await this.page.keyboard.press(key);
    await this.told();
  }

  /** The sentences that stand on the page for people to see. */
  async notices(): Promise<string[]> {
    return this.page.locator('.notice p').allTextContents();
  }

  async waitForText(selector: string, text: RegExp): Promise<string> {
    const source = [text.source, text.flags, selector] as const;
    await this.page.waitForFunction(
      ([pattern, flags, where]) => new RegExp(pattern, flags).test(document.querySelector(where)?.textContent ?? ''),
      source,
      { timeout: 60_000 },
    );
    return this.text(selector);
  }
}
