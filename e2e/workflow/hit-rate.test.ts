// "Did the new layout cost us hits?": the rules that the documents offer to Prometheus, over what the code emits.
import { recordMetrics } from '@vision-cache/arrow-store/opentelemetry';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { type CacheKey, cachePath, daysBetween, BINANCE, legacyCachePath } from '@vision-cache/cache-keys';
import { createSyntheticArchive } from '@vision-cache/vision-client/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readRules, type Scrape, seriesOf } from './promql.ts';

const rules = readRules(readFileSync(new URL('../../docs/prometheus-rules.yml', import.meta.url), 'utf8'));
const now = (): number => Date.parse('2024-03-20T12:30:00Z');
const keys = daysBetween('2024-02-01', '2024-03-12').map((date) =>
  BINANCE.cacheKey({ symbol: 'BTCUSDT', interval: '1h', date }),
);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

/** A service that asks for the same 40 days three times a day, over a cache of old files, and Prometheus beside it. */
async function service() {
  const root = mkdtempSync(join(tmpdir(), 'vision-cache-hit-rate-'));
  const archive = createSyntheticArchive({ now, symbols: [{ symbol: 'BTCUSDT', listed: '2024-01-01' }] });
  const cache = new UnifiedCacheManager({ root, now, durability: 'none' });
  await cache.saveMany(
    keys.map((key) => ({ key, batch: archive.rows(key), facts: { source: 'vision', asOf: now() } })),
  );
  const move = (key: CacheKey, from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    renameSync(join(root, from), join(root, to));
  };
  for (const key of keys) move(key, cachePath(key), legacyCachePath(key)!);

  let reader = new PrometheusExporter({ preventServerStart: true });
  let provider = new MeterProvider({ readers: [reader] });
  let stop = recordMetrics(provider.getMeter('vision-cache'));
  const end = async (): Promise<void> => {
    stop();
    await provider.shutdown();
  };
  ends.push(async () => {
    await end();
    rmSync(root, { recursive: true, force: true });
  });
  const scrapes: Scrape[] = [];
  const scrape = async (at: number): Promise<void> => {
    const { resourceMetrics } = await reader.collect();
    scrapes.push({ at, series: seriesOf(new PrometheusSerializer('', false).serialize(resourceMetrics)) });
  };
  await scrape(0);
  let day = 0;
  return {
    scrapes,
    async run(days: number): Promise<void> {
      for (const until = day + days; day < until; day++) {
        for (const hour of [8, 16, 24]) {
          for (const key of keys) await cache.load(key);
          await scrape(day + hour / 24);
        }
      }
    },
    /** As a deployment does: counts begin at 0 again. */
    async restart(): Promise<void> {
      await end();
      reader = new PrometheusExporter({ preventServerStart: true });
      provider = new MeterProvider({ readers: [reader] });
      stop = recordMetrics(provider.getMeter('vision-cache'));
      await scrape(day + 0.001);
    },
    migrate: (some: readonly CacheKey[]) => some.forEach((key) => move(key, legacyCachePath(key)!, cachePath(key))),
    lose: (some: readonly CacheKey[]) => some.forEach((key) => rmSync(join(root, legacyCachePath(key)!))),
    value: (name: string, at = day) => rules.value(name, scrapes, at),
  };
}

describe('the rules of docs/prometheus-rules.yml', () => {
  it('see a migration that costs no hit', async () => {
    const of = await service();
    await of.run(8);
    expect(of.value('vision_cache:hit_ratio:1d')).toBe(1);
    expect(of.value('vision_cache:old_ratio:1d')).toBe(1);
    expect(of.value('VisionCacheOldFilesStay')).toBe(true);
    of.migrate(keys);
    await of.restart();
    await of.run(8);
    expect(of.value('vision_cache:hit_ratio:1d')).toBe(1);
    expect(of.value('vision_cache:old_ratio:1d')).toBe(0);
    expect(of.value('VisionCacheHitsFell')).toBe(false);
    expect(of.value('VisionCacheOldFilesStay')).toBe(false);
  });

  it('see one that loses three days of forty, on the day it happens', async () => {
    const of = await service();
    await of.run(8);
    expect(of.value('VisionCacheHitsFell')).toBe(false);
    of.lose(keys.slice(0, 3));
    of.migrate(keys.slice(3));
    await of.restart();
    await of.run(1);
    expect(of.value('vision_cache:hit_ratio:1d')).toBeCloseTo(37 / 40, 10);
    expect(of.value('VisionCacheHitsFell')).toBe(true);
    // A week later it is the usual, which the record over time still shows.
    await of.run(8);
    expect(of.value('VisionCacheHitsFell')).toBe(false);
    expect(of.value('vision_cache:hit_ratio:1d', 8)).toBe(1);
  });

  it('tolerate one day of forty', async () => {
    const of = await service();
    await of.run(8);
    of.lose(keys.slice(0, 1));
    await of.run(1);
    expect(of.value('vision_cache:hit_ratio:1d')).toBeCloseTo(39 / 40, 10);
    expect(of.value('VisionCacheHitsFell')).toBe(false);
  });

  it('see the share of old files fall while they are migrated bit by bit', async () => {
    const of = await service();
    await of.run(8);
    of.migrate(keys.slice(0, 10));
    await of.run(1);
    expect(of.value('vision_cache:old_ratio:1d')).toBeCloseTo(30 / 40, 10);
    expect(of.value('VisionCacheOldFilesStay')).toBe(false);
  });
});
