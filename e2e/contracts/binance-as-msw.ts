import { createSyntheticArchive, type FaultRule } from '@vision-cache/vision-client/testing';
import { archiveHandlers } from '@vision-cache/vision-client/testing/msw';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';

export const NOW = (): number => Date.parse('2024-03-20T12:30:00Z');

/**
 * Binance's own hosts, answered by msw within this process: what is right and what a status can say. What msw cannot do, as
 * cutting a body or letting a request wait, is for the server on loopback (vision-client's own tests).
 */
export function binanceAsMsw(faults: readonly FaultRule[] = []) {
  const archive = createSyntheticArchive({
    now: NOW,
    symbols: [{ symbol: 'BTCUSDT', listed: '2024-01-10T06:00:00Z' }],
  });
  const server = setupServer(...archiveHandlers(archive, { faults }));
  let requests = 0;
  server.events.on('request:start', () => requests++);
  server.listen({ onUnhandledRequest: 'error' });
  return {
    truth: archive.rows.bind(archive),
    requests: () => requests,
    fail: () => {
      server.use(http.all('*', () => new HttpResponse('', { status: 500 })));
    },
    close: () => {
      server.close();
      return Promise.resolve();
    },
  };
}
