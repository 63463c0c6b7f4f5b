import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { archiveSourceContract, rangeSourceContract } from './source-port-contract.ts';
import { binanceAsMsw, NOW } from './binance-as-msw.ts';

// Both are made as a user makes them: with Binance's own hosts.
const options = { retry: { attempts: 1 }, now: NOW };

archiveSourceContract('VisionDataClient', () =>
  Promise.resolve({ source: new VisionDataClient(options), ...binanceAsMsw() }),
);

rangeSourceContract('BinanceRestClient', () =>
  Promise.resolve({ source: new BinanceRestClient(options), ...binanceAsMsw() }),
);
