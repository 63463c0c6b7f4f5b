import { cacheKey } from '@vision-cache/cache-keys';
import { VisionDataClient, type VisionAnswer } from '@vision-cache/vision-client';

const client = new VisionDataClient();
export async function closes(): Promise<Float64Array | undefined> {
  const answer = await client.fetch(cacheKey({ symbol: 'BTCUSDT', interval: '1h', date: '2024-03-01' }));
  const anyAnswer: VisionAnswer = answer;
  return anyAnswer.status === 'ok' && answer.status === 'ok' ? answer.batch.columns.close : undefined;
}
