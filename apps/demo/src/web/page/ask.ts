import type { Refusal } from '../../contract/api.ts';

/** The server said no, in a sentence; or it did not answer at all. */
class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor({ code, sentence }: Refusal) {
    super(sentence);
    this.code = code;
  }
}

const SILENT: Refusal = {
  code: 'E_SERVER_SILENT',
  sentence: 'The demo’s server does not answer. What is on the page stays; start it again with “npm run demo”.',
};

interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/**
 * Asks the server.
 * @throws {Refused} with a sentence to show, or the signal's reason
 */
export async function ask<Answer>(path: string, { method = 'GET', body, signal }: Question = {}): Promise<Answer> {
  const response = await send(path, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    ...(signal === undefined ? {} : { signal }),
  });
  return (await response.json()) as Answer;
}

export async function askBytes(path: string): Promise<{ readonly bytes: ArrayBuffer; readonly type: string }> {
  const response = await send(path, {});
  return { bytes: await response.arrayBuffer(), type: response.headers.get('content-type') ?? '' };
}

async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new Refused(SILENT);
  }
  if (response.ok) return response;
  const refusal = (await response.json().catch(() => undefined)) as Refusal | undefined;
  throw new Refused(
    refusal?.sentence === undefined
      ? {
          code: `E_HTTP_${String(response.status)}`,
          sentence: `The demo’s server answered ${String(response.status)}.`,
        }
      : refusal,
  );
}

/** What to tell of an error: its own sentence, where it has one. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Refused) return error.message;
  return `Something unexpected happened in the page: ${error instanceof Error ? error.message : String(error)}.`;
}

/** `?a=1&b=2` of what is given. */
export function query(values: Readonly<Record<string, string | number>>): string {
  return `?${new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)])).toString()}`;
}
