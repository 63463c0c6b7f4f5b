import { type CacheKey, CHECKSUM_EXTENSION, visionObjectKey, visionUrl } from '@vision-cache/cache-keys';
import { allowListeners, sha256 } from '#platform';
import { parseChecksumFile } from './checksum-file.ts';
import { excerpt, isVisionClientError, quote, VisionClientError } from '../contract/errors.ts';
import type { HttpAnswer } from '../http/attempt.ts';
import { fetchWithRetry } from '../http/fetch-with-retry.ts';
import type { Http } from '../http/options.ts';

/** An archive and what its CHECKSUM file says of it. */
export interface Download {
  readonly url: string;
  /** The file's name without its ending: what its member is called, too. */
  readonly stem: string;
  readonly answer: HttpAnswer;
  /** Of the bytes that came, 64 small hex digits. */
  readonly sha256: string;
  readonly checksum: ChecksumVerdict;
  /** Requests that were sent, and bytes that came, of both files. */
  readonly cost: { readonly requests: number; readonly bytes: number };
}

export type ChecksumVerdict =
  | { readonly status: 'verified' }
  | { readonly status: 'mismatch'; readonly published: string }
  | { readonly status: 'unreadable'; readonly cause: VisionClientError }
  | { readonly status: 'missing' };

export interface DownloadOptions {
  /** What the archive calls the object, where that is not the key's own name. */
  readonly objectKey?: string | undefined;
  readonly baseUrl: string;
  readonly maxBytes: number;
  /** Past all caches. */
  readonly fresh: boolean;
  readonly signal: AbortSignal | undefined;
}

const LARGEST_CHECKSUM = 64 * 1024;

/**
 * Gets an archive and its CHECKSUM file; the archive is hashed as its bytes arrive. The CHECKSUM is asked for once the
 * archive is known to be there, so that an unpublished file costs one request.
 * @returns undefined if the archive is not published
 */
export async function download(key: CacheKey, options: DownloadOptions, http: Http): Promise<Download | undefined> {
  const { baseUrl, maxBytes, fresh, signal } = options;
  const objectKey = options.objectKey ?? visionObjectKey(key);
  const url = visionUrl(objectKey, baseUrl);
  const control = new AbortController();
  const stop = (): void => control.abort(signal?.reason);
  allowListeners(signal);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  let checksum: Promise<HttpAnswer> | undefined;
  let hash = sha256();
  const askChecksum = (): Promise<HttpAnswer> => {
    const checksumUrl = visionUrl(`${objectKey}${CHECKSUM_EXTENSION}`, baseUrl);
    checksum ??= fetchWithRetry(checksumUrl, { signal: control.signal, fresh, maxBytes: LARGEST_CHECKSUM }, http);
    // Its failure is told when it is waited for; the archive may fail before.
    checksum.catch(() => undefined);
    return checksum;
  };
  try {
    const answer = await fetchWithRetry(
      url,
      {
        signal: control.signal,
        fresh,
        maxBytes,
        onBody: () => {
          void askChecksum();
          hash = sha256();
          return (part) => hash.update(part);
        },
      },
      http,
    );
    if (answer.status === 404) return undefined;
    refuseNoZip(answer);
    const [actual, checksumAnswer] = await Promise.all([hash.hex(), askChecksum()]);
    const file = objectKey.slice(objectKey.lastIndexOf('/') + 1);
    const cost = {
      requests: answer.attempts + checksumAnswer.attempts,
      bytes: answer.body.length + checksumAnswer.body.length,
    };
    return {
      url,
      stem: file.replace(/\.zip$/, ''),
      answer,
      sha256: actual,
      checksum: verdict(checksumAnswer, actual, file),
      cost,
    };
  } catch (error) {
    control.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function verdict(answer: HttpAnswer, actual: string, file: string): ChecksumVerdict {
  if (answer.status === 404) return { status: 'missing' };
  try {
    const { sha256: published } = parseChecksumFile(answer.body, file);
    return published === actual ? { status: 'verified' } : { status: 'mismatch', published };
  } catch (cause) {
    if (isVisionClientError(cause)) return { status: 'unreadable', cause };
    throw cause;
  }
}

/** A page of a proxy or a hotel comes with status 200 too; it is told apart from an archive that is damaged. */
function refuseNoZip({ url, attempts, status, body }: HttpAnswer): void {
  if (body[0] === 0x50 && body[1] === 0x4b) return;
  const received = excerpt(body);
  const message = `${url} did not return a zip archive: ${quote(received)}.`;
  throw new VisionClientError('E_BAD_CONTENT', message, { url, attempts, status, received });
}
