/** The command line, or the state of the cache, does not allow what was asked for. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code: string;

  constructor(message: string, code = 'E_USAGE') {
    super(message);
    this.code = code;
  }
}
