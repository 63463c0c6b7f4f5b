import { describe, expect, it } from '@jest/globals';
import { BINANCE, SOURCE_NAMES } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient, BinanceTailClient } from '@vision-cache/vision-client/rest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

describe('the names of sources', () => {
  it('are those of the adapters, and the archive is trusted most', () => {
    expect(new VisionDataClient().name).toBe(SOURCE_NAMES.archive);
    expect(new BinanceRestClient().name).toBe(SOURCE_NAMES.range);
    expect(new BinanceTailClient().name).toBe(SOURCE_NAMES.range);
    expect(BINANCE.sourceRank(SOURCE_NAMES.archive)).toBeGreaterThan(BINANCE.sourceRank(SOURCE_NAMES.range));
  });

  it('are spelled nowhere in the engine: they are given to it, or the kernel has them', () => {
    const folder = fileURLToPath(new URL('../../packages/data-source-manager/src', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => /^(?!__fixtures__|.*\.(test|fixture|deep)\.ts$).*\.ts$/.test(file));
    expect(sources).toContain(join('plan', 'plan-fetch.ts'));
    const spelled = sources.filter((file) => {
      const code = readFileSync(join(folder, file), 'utf8').replace(/^\s*(\/\*\*|\*|\/\/).*$/gm, '');
      return /(['"])(vision|rest|migrated)\1/.test(code);
    });
    expect(spelled).toEqual([]);
  });
});
