// What browsing a year of minutes (525,600 bars) in the demo's page costs, measured in Chromium: time to the first
// candles from a warm cache, frame times while dragging, scrolling and zooming, and the JavaScript that is sent.
// Usage: node tools/bench/demo.bench.mjs   (needs Chromium, see e2e/browser/chromium.ts)
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const LIMITS = { firstCandles: 1000, frameP99: 100, scriptBytes: 150_000 };
const YEAR = {
  marketType: 'spot',
  symbol: 'BTCUSDT',
  interval: '1m',
  from: Date.UTC(2024, 6, 1),
  to: Date.UTC(2025, 6, 1),
};

const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
if (executablePath === undefined) {
  console.log('bench demo: SKIPPED, no Chromium on this machine');
  process.exit(0);
}

const child = spawn(process.execPath, [fileURLToPath(new URL('../demo.mjs', import.meta.url)), '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((ready, failed) => {
  let told = '';
  child.stdout.on('data', (text) => {
    told += text;
    const found = /The page: (\S+)/.exec(told)?.[1];
    if (found) ready(found);
  });
  child.on('exit', () => failed(new Error(told)));
});

try {
  await fill();
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const figures = await measure(browser);
  await browser.close();
  for (const [name, text] of Object.entries(figures.told)) console.log(`bench demo: ${name.padEnd(34)} ${text}`);
  console.log(JSON.stringify({ bench: 'demo', ...figures.values }));
  process.exitCode = figures.broken ? 1 : 0;
} finally {
  child.kill('SIGINT');
}

/** Has the year fetched, as somebody would on the page. */
async function fill() {
  const started = performance.now();
  const stop = new AbortController();
  const events = await fetch(new URL('/api/events', url), { signal: stop.signal });
  const asked = await fetch(new URL('/api/fetch', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(YEAR),
  });
  const { job } = await asked.json();
  let text = '';
  for await (const chunk of events.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const ended = new RegExp(`"job":"${job}","state":"(done|failed)"`).exec(text)?.[1];
    if (ended === 'failed') throw new Error(text.slice(-500));
    if (ended === 'done') break;
  }
  stop.abort();
  console.log(
    `bench demo: a year fetched from the embedded archive in ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
}

async function measure(browser) {
  // The second visit is the measured one: the first has the server open and verify each file once.
  const first = await visit(browser);
  await first.context().close();
  const page = await visit(browser);
  const firstCandles = await page.evaluate(() => performance.getEntriesByName('first-candles')[0]?.startTime ?? NaN);
  await page.click('text=1Y');
  const loading = performance.now();
  await page.waitForFunction(
    () =>
      Number(
        (/([\d,]+) bars/.exec(document.querySelector('.chart-status').textContent)?.[1] ?? '0').replaceAll(',', ''),
      ) > 500_000,
  );
  await page.waitForSelector('.chart-view[aria-busy="false"]', { timeout: 120_000 });
  const yearLoaded = performance.now() - loading;
  const box = await page.locator('.stage').boundingBox();
  const [x, y] = [box.x + box.width * 0.45, box.y + box.height * 0.5];

  await page.evaluate(() => {
    globalThis.frames = [];
    let before = performance.now();
    const next = (now) => {
      globalThis.frames.push(now - before);
      before = now;
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  });
  const gestures = {
    drag: async () => {
      for (let round = 0; round < 4; round++) {
        await page.mouse.move(x - 300, y);
        await page.mouse.down();
        await page.mouse.move(x + (round % 2 === 0 ? 300 : -900), y, { steps: 60 });
        await page.mouse.up();
      }
    },
    zoom: async () => {
      await page.mouse.move(x, y);
      for (let notch = 0; notch < 36; notch++) await page.mouse.wheel(0, -100);
      for (let notch = 0; notch < 36; notch++) await page.mouse.wheel(0, 100);
    },
    scroll: async () => {
      await page.click('text=1W');
      await page.mouse.move(x, y);
      for (let notch = 0; notch < 150; notch++) await page.mouse.wheel(-240, 0);
    },
  };
  const values = { firstCandles, yearLoaded };
  const told = {
    'first candles, warm cache': `${firstCandles.toFixed(0)} ms (limit ${LIMITS.firstCandles})`,
    'year of 1m loaded into the page': `${(yearLoaded / 1000).toFixed(1)} s, 525,600 bars`,
  };
  let broken = !(firstCandles <= LIMITS.firstCandles);
  for (const [name, act] of Object.entries(gestures)) {
    await page.evaluate(() => void (globalThis.frames.length = 0));
    await act();
    const frames = (await page.evaluate(() => globalThis.frames)).slice(1).sort((a, b) => a - b);
    const at = (share) => frames[Math.min(frames.length - 1, Math.floor(frames.length * share))];
    values[name] = { frames: frames.length, p50: at(0.5), p99: at(0.99), max: frames.at(-1) };
    told[`frames while one ${name}s`] =
      `p50 ${at(0.5).toFixed(0)}, p99 ${at(0.99).toFixed(0)}, max ${frames.at(-1).toFixed(0)} ms of ${frames.length} (limit p99 ${LIMITS.frameP99})`;
    broken ||= at(0.99) > LIMITS.frameP99;
  }
  values.scriptBytes = page.scriptBytes;
  told['JavaScript sent'] = `${(page.scriptBytes / 1000).toFixed(0)} kB gzipped (limit ${LIMITS.scriptBytes / 1000})`;
  broken ||= page.scriptBytes > LIMITS.scriptBytes;
  return { values, told, broken };
}

async function visit(browser) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.scriptBytes = 0;
  page.on('response', async (response) => {
    if (response.headers()['content-type']?.includes('javascript'))
      page.scriptBytes += gzipSync(await response.body()).length;
  });
  await page.goto(url);
  await page.waitForFunction(() => performance.getEntriesByName('first-candles').length > 0);
  await page.waitForTimeout(1500);
  return page;
}
