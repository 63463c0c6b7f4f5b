import { uninitialised } from '../store/memory.ts';

/**
 * The bytes of an answer, in memory that is taken once: how many there will be is announced.
 * @returns undefined if there are fewer or more than that
 */
export async function readBody({ headers, body }: Response, method: string): Promise<Uint8Array | undefined> {
  const announced = headers.has('content-encoding') ? null : headers.get('content-length');
  if (body === null || method === 'HEAD') return new Uint8Array(0);
  const chunks = body as ReadableStream<Uint8Array>;
  if (announced === null) return new Uint8Array(await new Response(chunks as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer()); // prettier-ignore
  const bytes = uninitialised(Number(announced));
  let end = 0;
  for await (const chunk of chunks) {
    if (end + chunk.length > bytes.length) return undefined;
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return end === bytes.length ? bytes : undefined;
}
