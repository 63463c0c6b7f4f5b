import { isCacheKeyError } from '@vision-cache/cache-keys';
import type { Refusal } from '../contract/api.ts';

/** What the page asked for cannot be had, for a reason that can be said. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, sentence: string, status: number, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
    this.status = status;
  }
}

/** Whether an error is one of the packages': they all carry a code and a sentence that people can act on. */
function hasCode(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && code.startsWith('E_');
}

/** The sentence of an error, and the causes that add to it. Never a stack. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause =
    hasCode(error) && hasCode(error.cause) && !error.message.includes(error.cause.message)
      ? ` ${error.cause.message}`
      : '';
  return `${error.message}${cause}`;
}

/** What to answer for an error. */
export function refusalOf(error: unknown): Refusal & { readonly status: number } {
  if (error instanceof RefusedError) return { code: error.code, sentence: error.message, status: error.status };
  if (isCacheKeyError(error)) return { code: error.code, sentence: error.message, status: 400 };
  if (hasCode(error)) return { code: error.code, sentence: sentenceOf(error), status: 502 };
  const { statusCode } = error as { readonly statusCode?: number };
  if (statusCode !== undefined && statusCode < 500)
    return { code: 'E_REQUEST', sentence: sentenceOf(error), status: statusCode };
  return {
    code: 'E_UNEXPECTED',
    sentence: 'Something unexpected went wrong in the demo. What is in the cache was kept; the terminal says more.',
    status: 500,
  };
}
