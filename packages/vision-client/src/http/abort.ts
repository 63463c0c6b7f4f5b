import { VisionClientError } from '../contract/errors.ts';

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

/** The longest wait that a timer can do; a longer one would end at once. */
export const LONGEST_TIMER = 2_147_483_647;

/** Waits in real time; an abort ends it with the signal's reason. */
export function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    let timer: ReturnType<typeof setTimeout>;
    const wait = (rest: number): void => {
      timer = setTimeout(
        () => {
          if (rest > LONGEST_TIMER) {
            wait(rest - LONGEST_TIMER);
            return;
          }
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(rest, LONGEST_TIMER),
      );
    };
    wait(milliseconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
