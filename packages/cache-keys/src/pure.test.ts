import { describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { fileURLToPath } from 'node:url';
import { createContext, Script } from 'node:vm';

describe('the package', () => {
  it('runs where there is nothing but the language: no process, require, fetch, timers or files', async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      format: 'iife',
      globalName: 'cacheKeys',
      platform: 'neutral',
      metafile: true,
    });
    const [output] = Object.values(metafile.outputs);
    expect(output!.imports).toEqual([]);

    const context = createContext(Object.create(null) as object, { codeGeneration: { strings: false, wasm: false } });
    expect(new Script('typeof process + typeof require + typeof fetch + typeof setTimeout').runInContext(context)).toBe(
      'undefined'.repeat(4),
    );
    new Script(outputFiles[0]!.text).runInContext(context);
    const path = new Script(`
      const { cacheKey, cachePath, parseCachePath, visionUrl, visionObjectKey, CacheKeyManager } = cacheKeys;
      const key = cacheKey({ symbol: '币安人生USDT', interval: '1m', date: new Date(0), marketType: 'um' });
      [
        cachePath(parseCachePath(cachePath(key))),
        visionUrl(visionObjectKey(key)),
        CacheKeyManager.getCachePath('/no/such/folder', 'BTCUSDT', '1m', '2024-01-01'),
      ].join(' ');
    `).runInContext(context) as string;
    expect(path.split(' ')).toEqual([
      'binance/um/klines/daily/币安人生USDT/1m/1970-01-01.arrow',
      'https://data.binance.vision/data/futures/um/daily/klines/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT/1m/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT-1m-1970-01-01.zip',
      '/no/such/folder/binance/spot/klines/daily/BTCUSDT/1m/2024-01-01.arrow',
    ]);
  });
});
