/** An error of the store, as far as the migrator decides by it. Told by its name, because two copies may be loaded. */
export interface StoreError {
  readonly code: string;
  readonly message: string;
  readonly found: string | undefined;
  readonly systemCode: string | undefined;
}

export function storeErrorOf(error: unknown): StoreError | undefined {
  const marked = error as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    details?: { found?: unknown; systemCode?: unknown };
  };
  if (typeof error !== 'object' || error === null || marked.name !== 'ArrowStoreError') return undefined;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    code: String(marked.code),
    message: String(marked.message),
    found: text(marked.details?.found),
    systemCode: text(marked.details?.systemCode),
  };
}
