/** A SHA-256 that is fed as bytes arrive. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  /** 64 small hex digits. */
  hex(): Promise<string>;
}

/** Inflates raw deflate data as it arrives. */
export interface Inflater {
  /** Resolves when the bytes have been taken, which waits for `output` to be read. */
  write(bytes: Uint8Array): Promise<void>;
  end(): void;
  readonly output: AsyncIterable<Uint8Array>;
  /** Bytes of the input that belonged to the data; undefined if the platform itself refuses more. */
  consumed(): number | undefined;
  cancel(error?: Error): void;
}
