/** An object by its name: what a listing tells of it. */
export interface ObjectInfo {
  /** With `/` between folders, relative to the store's own prefix or folder. */
  readonly key: string;
  /** Bytes of the whole object. */
  readonly size: number;
  /** Another one when the object's bytes are others; it says nothing else. */
  readonly etag: string;
}

/** An object, or the part of it that was asked for. */
export interface FoundObject extends ObjectInfo {
  readonly bytes: Uint8Array;
}

export interface ObjectOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface GetOptions extends ObjectOptions {
  /** Bytes from `start` up to and without `end`; what lies behind the object's end is left out. @default all of it */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
}

export interface PutOptions extends ObjectOptions {
  /**
   * Put it only where there is nothing yet. It saves work and is no lock: some buckets ignore it, and whoever puts has
   * to lose nothing by that.
   * @default false
   */
  readonly ifAbsent?: boolean | undefined;
}

export interface ListOptions extends ObjectOptions {
  /** Only keys behind this one. */
  readonly startAfter?: string | undefined;
}

/**
 * All that a cache asks of the place where its objects lie. An object appears whole or not at all, and is replaced
 * whole; nothing else is promised: no lease, no rename, no order between two objects.
 */
export interface ObjectStore {
  /** How the place is called in messages, without credentials. */
  readonly name: string;
  /** Undefined if there is none. */
  get(key: string, options?: GetOptions): Promise<FoundObject | undefined>;
  /** Undefined if `ifAbsent` was asked for and there is one. */
  put(key: string, parts: readonly Uint8Array[], options?: PutOptions): Promise<ObjectInfo | undefined>;
  /** Undefined if there is none. */
  head(key: string, options?: ObjectOptions): Promise<ObjectInfo | undefined>;
  /** Nothing happens if there is none. */
  delete(key: string, options?: ObjectOptions): Promise<void>;
  /** Every object whose key begins with the prefix, in the order of the keys' UTF-8 bytes. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;
}
