import { forgetHosts } from '../../http/rate-limiter.ts';
import { http, HttpResponse, type HttpHandler } from 'msw';
import { type AnswerOptions, createAnswerer, decoded, faultyAnswer } from '../archive-answer.ts';
import { type Fault, FaultPlan, type FaultRule, FAULTS } from '../faults.ts';
import type { SyntheticArchive } from '../synthetic-archive.ts';

export interface ArchiveHandlersOptions extends AnswerOptions {
  /** Those that msw can express; the others need the server. */
  readonly faults?: readonly FaultRule[];
  /** Origins to answer for, beside those of Binance. */
  readonly origins?: readonly string[];
}

/** Where Binance serves the archive, its listing and REST klines. */
const ORIGINS = [
  'https://data.binance.vision',
  'https://s3-ap-northeast-1.amazonaws.com',
  'https://api.binance.com',
  'https://data-api.binance.vision',
  'https://fapi.binance.com',
  'https://dapi.binance.com',
];

/**
 * Handlers of msw that answer for Binance's own hosts with a synthetic archive.
 * msw cannot cut, stall or reset a connection, and spins on a redirect loop: for such faults it is an error to use it.
 * @example
 * const server = setupServer(...archiveHandlers(createSyntheticArchive(), { faults: [{ fault: 'banned', times: 1 }] }));
 */
export function archiveHandlers(archive: SyntheticArchive, options: ArchiveHandlersOptions = {}): HttpHandler[] {
  // What a fault of another test made of these hosts is no state of this one.
  forgetHosts();
  const answer = createAnswerer(archive, options);
  const faults = new FaultPlan(options.faults);
  for (const { fault } of options.faults ?? []) assertExpressible(typeof fault === 'string' ? FAULTS[fault] : fault);
  return [...ORIGINS, ...(options.origins ?? [])].map((origin) =>
    http.get(`${origin}/*`, ({ request }) => {
      const { pathname: path, searchParams: query } = new URL(request.url);
      const asked = { path, query, ifNoneMatch: request.headers.get('if-none-match') ?? undefined };
      const search = query.toString();
      const fault = faults.next(decoded(path) + (search && `?${decoded(search)}`));
      if (fault?.kind === 'reset' && fault.at === 'headers') return HttpResponse.error();
      const given = fault === undefined ? answer(asked) : faultyAnswer(answer(asked), fault, asked);
      const body = given.status === 304 ? null : Buffer.from(given.body);
      return new HttpResponse(body, { status: given.status, headers: { ...given.headers } });
    }),
  );
}

function assertExpressible(fault: Fault): void {
  switch (fault.kind) {
    case 'status':
    case 'html':
    case 'wrong-body':
    case 'wrong-checksum':
    case 'gzip':
      return;
    case 'redirect':
      if (fault.location !== '') return;
      break;
    case 'reset':
      if (fault.at === 'headers') return;
      break;
    case 'slow':
    case 'stall':
    case 'truncated':
    case 'hang-up':
    case 'close-after':
    case 'garbage':
      break;
    default:
      fault satisfies never;
  }
  throw new TypeError(`msw cannot express the fault "${fault.kind}"; startArchiveServer() can.`);
}
