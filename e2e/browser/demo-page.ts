import type { Browser, Page } from 'playwright-core';

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

  static async open(
    browser: Browser,
    url: string,
    { theme = 'dark', width = 1440, height = 900 }: PageOptions = {},
  ): Promise<DemoPage> {
    const context = await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    const demo = new DemoPage(await context.newPage());
    await demo.page.goto(url);
    await demo.settled();
    return demo;
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }

  /** Candles are drawn, and every entry in view is loaded. */
  async settled(): Promise<void> {
    await this.page.waitForSelector('.chart-view[data-drawn]');
    await this.page.waitForFunction(() => /\d/.test(document.querySelector('.legend-value')?.textContent ?? ''));
    await this.page.waitForTimeout(300);
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
    return Number((/([\d,]+) bars/.exec(await this.status())?.[1] ?? 'NaN').replaceAll(',', ''));
  }

  async turnTo(view: 'chart' | 'coverage' | 'migration'): Promise<void> {
    await this.page.click(`[data-view=${view}]`);
  }

  async choose(interval: string): Promise<void> {
    await this.page.click(`.segment:has(input[value="${interval}"])`);
    await this.page.waitForTimeout(400);
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
    await this.page.waitForTimeout(200);
  }

  async press(...keys: readonly string[]): Promise<void> {
    await this.page.focus('.stage');
    for (const key of keys) await this.page.keyboard.press(key);
    await this.page.waitForTimeout(200);
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
