export {
  BinanceRestClient,
  type BinanceRestClientOptions,
  type RestAnswer,
  type RestFetchOptions,
  type RestQuality,
} from './binance-rest-client.ts';
export { BinanceTailClient, type BinanceTailClientOptions, type TailAnswer } from './binance-tail-client.ts';
export { type RestOptions } from './ask-rest.ts';
export type { RestMarket } from '../contract/rest-market.ts';
export {
  isVisionClientError,
  VisionClientError,
  type VisionClientErrorCode,
  type VisionClientErrorDetails,
} from '../contract/errors.ts';
export { type HttpOptions, type RetryOptions, type TimeoutOptions } from '../http/options.ts';
