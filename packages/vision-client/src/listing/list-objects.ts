import { quote, VisionClientError } from '../contract/errors.ts';
import { beginningOf } from '../http/attempt.ts';
import { fetchWithRetry } from '../http/fetch-with-retry.ts';
import type { Http } from '../http/options.ts';
import { type ListingPage, parseListing } from './listing-xml.ts';

export interface ListingQuery {
  readonly prefix: string;
  /** Only names behind this one, in the order of bytes. */
  readonly marker?: string;
  /** `/` lists the folders of a folder, and no deeper; `.zip` each archive once, without its CHECKSUM, twice as many a page. */
  readonly delimiter?: '/' | '.zip';
}

/** A page of a thousand objects has about 350 kB. */
const LARGEST_PAGE = 8 * 1024 * 1024;

/**
 * Pages of the archive's listing, one request each, until the last or until the caller stops.
 * @throws {VisionClientError} `E_BAD_CONTENT` if the answer is no listing, whatever its status says
 */
export async function* listPages(
  listingUrl: string,
  query: ListingQuery,
  http: Http,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListingPage, void, undefined> {
  let marker = query.marker;
  for (;;) {
    const url = pageUrl(listingUrl, { ...query, ...(marker === undefined ? {} : { marker }) });
    const answer = await fetchWithRetry(url, { signal, answers: [], maxBytes: LARGEST_PAGE }, http);
    const page = parseListing(new TextDecoder().decode(answer.body));
    const isStuck = page?.nextMarker !== undefined && marker !== undefined && !(page.nextMarker > marker);
    if (page === undefined || isStuck) {
      const received = beginningOf(answer);
      const message = `${url} did not return a listing${isStuck ? ' that goes on' : ''}: ${quote(received)}.`;
      throw new VisionClientError('E_BAD_CONTENT', message, {
        url,
        attempts: answer.attempts,
        status: answer.status,
        received,
      });
    }
    yield page;
    if (page.nextMarker === undefined) return;
    marker = page.nextMarker;
  }
}

function pageUrl(listingUrl: string, { prefix, marker, delimiter }: ListingQuery): string {
  const parameters = Object.entries({ delimiter, prefix, marker, 'max-keys': '1000' })
    .filter((parameter): parameter is [string, string] => parameter[1] !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${listingUrl}${listingUrl.includes('?') ? '&' : '?'}${parameters.join('&')}`;
}
