import { DataSourceManager, type CachePort, type SourcePort } from '@vision-cache/data-source-manager';

declare const cache: CachePort;
declare const sources: readonly SourcePort[];

export async function closes(): Promise<Float64Array> {
  const manager = new DataSourceManager({ cache, sources });
  const query = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: new Date() } as const;
  const { batch } = await manager.getKlines(query);
  return batch.columns.close;
}
