import { afterEach, describe, expect, it } from '@jest/globals';
import { cachePath } from '@vision-cache/cache-keys';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { recordMetrics } from './opentelemetry.ts';
import { bars, fromVision, klinesKey } from './rows.fixture.ts';
import { removeTempRoots, tempRoot } from './temp-root.fixture.ts';
import { UnifiedCacheManager } from './unified-cache-manager.ts';

afterEach(removeTempRoots);

describe(recordMetrics, () => {
  it('shows loads, saves and problems as Prometheus reads them', async () => {
    const reader = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [reader] });
    const stop = recordMetrics(provider.getMeter('vision-cache'));
    const cache = new UnifiedCacheManager({ root: tempRoot() });
    const key = klinesKey();
    await cache.load(key);
    await cache.save(key, bars(key), fromVision);
    await cache.load(key);
    await cache.loadMany([key]);
    truncateSync(join(cache.root, cachePath(key)), 3000);
    await cache.load(key);
    stop();
    await cache.load(key); // no longer counted

    const { resourceMetrics } = await reader.collect();
    const text = new PrometheusSerializer('', false).serialize(resourceMetrics);
    const lines = text.split('\n').map((line) => line.replace(/otel_scope_name="[^"]*",?/, '').replace(',}', '}'));
    const value = (start: string) => Number(lines.find((line) => line.startsWith(start))?.split(' ')[1]);
    expect(value('vision_cache_loads_total{result="miss"')).toBe(2);
    expect(value('vision_cache_loads_total{result="new"')).toBe(2);
    expect(value('vision_cache_load_bytes_total{layout="new"')).toBe(2 * 24 * 11 * 8);
    expect(value('vision_cache_load_duration_count{result="new"')).toBe(2);
    expect(value('vision_cache_saves_total{state="complete"')).toBe(1);
    expect(value('vision_cache_save_duration_count')).toBe(1);
    expect(value('vision_cache_problems_total{kind="quarantined",code="E_INTEGRITY"')).toBe(1);
    await provider.shutdown();
  });

  it('shows loads of every result from 0 on, so that the first miss is an increase', async () => {
    const reader = new PrometheusExporter({ preventServerStart: true });
    const provider = new MeterProvider({ readers: [reader] });
    const stop = recordMetrics(provider.getMeter('vision-cache'));
    const text = new PrometheusSerializer('', false).serialize((await reader.collect()).resourceMetrics);
    stop();
    await provider.shutdown();
    for (const result of ['new', 'old', 'miss'])
      expect(text).toMatch(new RegExp(`^vision_cache_loads_total\\{.*result="${result}".*\\} 0`, 'm'));
  });
});
