import { VisionClientError } from '../errors.ts';

/** The error of a wait that the caller stopped. */
export function abortedError(url: string, signal: AbortSignal | undefined): VisionClientError<'E_ABORTED'> {
  return new VisionClientError(
    'E_ABORTED',
    `The request was stopped by its caller: ${url}`,
    { url },
    {
      cause: signal?.reason as unknown,
    },
  );
}

/** Waits in real time; an abort ends it with the signal's reason. */
export function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
