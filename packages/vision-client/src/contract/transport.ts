/** What is used of an answer's body. A `ReadableStream` is one. */
export interface AnswerBody {
  getReader(): BodyReader;
  cancel(reason?: unknown): Promise<void>;
}

/** What is used of a body's reader; its own type is another one in each platform's library. */
export interface BodyReader {
  /** Resolves to the next part, or to no value at the end. */
  read(): Promise<{ readonly value?: Uint8Array | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

export interface AnswerHeaders {
  get(name: string): string | null;
}

/** What is used of an answer. A `Response` is one. */
export interface TransportAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** `opaqueredirect` where the platform hides where a redirect leads. */
  readonly type: string;
  /** Where the answer came from in the end; empty where the transport follows no redirect. */
  readonly url: string;
  readonly headers: AnswerHeaders;
  readonly body: AnswerBody | null;
}

/** A way to the network: what is used of `fetch`. */
export type Transport = (
  url: string,
  init: RequestInit & { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<TransportAnswer>;
