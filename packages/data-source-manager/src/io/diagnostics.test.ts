import { describe, expect, it } from '@jest/globals';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { compose } from '../__fixtures__/compose.ts';
import { span } from '../__fixtures__/market.ts';
import { REQUEST_CHANNELS, type FetchMessage, type RequestMessage } from './diagnostics.ts';
import { channel } from '../platform/browser.ts';

const days = { symbol: 'BTCUSDT', interval: '1h', start: '2024-03-01', end: '2024-03-03' } as const;

async function heard<Message>(name: string, act: () => Promise<unknown>): Promise<Message[]> {
  const messages: Message[] = [];
  const listener = (message: unknown): void => void messages.push(message as Message);
  subscribe(name, listener);
  try {
    await act();
  } finally {
    unsubscribe(name, listener);
  }
  return messages;
}

describe('REQUEST_CHANNELS.request', () => {
  it('tells what each range came to', async () => {
    const { manager } = compose();
    const messages = await heard<RequestMessage>(REQUEST_CHANNELS.request, async () => {
      await manager.getKlines(days);
      await manager.getKlines(days, { mode: 'offline' });
    });
    const of = { ...span('2024-03-01', '2024-03-03'), folder: 'binance/spot/klines/daily/BTCUSDT/1h' };
    expect(messages).toMatchObject([
      { ...of, mode: 'fill', hits: 0, misses: 2, absent: 0, rows: 48, gaps: 0 },
      { ...of, mode: 'offline', hits: 2, misses: 0, absent: 0, rows: 48, gaps: 0 },
    ]);
    expect(messages.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  it('tells of one that ended with an error', async () => {
    const { manager } = compose();
    const messages = await heard<RequestMessage>(REQUEST_CHANNELS.request, async () => {
      await expect(manager.getKlines(days, { mode: 'offline' })).rejects.toMatchObject({ code: 'E_INCOMPLETE' });
    });
    expect(messages).toMatchObject([{ error: 'E_INCOMPLETE', rows: 0 }]);
  });
});

describe('REQUEST_CHANNELS.fetch', () => {
  it('tells what each source was asked for, and what it answered', async () => {
    const { manager } = compose({ archive: { unpublished: ['2024-03-01'], failures: { '2024-03-02': 1 } } });
    const messages = await heard<FetchMessage>(REQUEST_CHANNELS.fetch, async () => manager.getKlines(days));
    const path = (day: string) => `binance/spot/klines/daily/BTCUSDT/1h/${day}.arrow`;
    expect(messages).toMatchObject([
      { source: 'vision', path: path('2024-03-01'), status: 'missing', rows: 0 },
      { source: 'vision', path: path('2024-03-02'), status: 'failed', rows: 0 },
      { source: 'rest', path: path('2024-03-01'), status: 'ok', rows: 48, requests: 1, bytes: 100 },
    ]);
  });

  it('has no listeners in a browser', () => {
    const silent = channel(REQUEST_CHANNELS.fetch);
    silent.publish({});
    expect(silent.hasSubscribers).toBe(false);
  });
});
