/** What each code of {@link MigratorError} carries in `details`. */
export interface MigratorErrorDetails {
  /** The command line cannot be meant so. */
  E_USAGE: { readonly option: string | undefined };
  /** The plan cannot be read, or is none. */
  E_PLAN: { readonly path: string };
  /** What is asked for is not possible in this state of the migration. */
  E_STATE: { readonly state: string };
  /** Another run works on the same cache. */
  E_LOCKED: { readonly path: string; readonly owner: string };
  /** The disk or the rights stop the whole run. */
  E_STOPPED: { readonly path: string; readonly systemCode: string | undefined };
  /** The caller's signal ended it. */
  E_ABORTED: Record<string, never>;
}

export type MigratorErrorCode = keyof MigratorErrorDetails;

const MARKER = Symbol.for('vision-cache.MigratorError');

/** The only error that the commands throw of their own. Decide by `code`, never by the message. */
export class MigratorError<C extends MigratorErrorCode = MigratorErrorCode> extends Error {
  override readonly name = 'MigratorError';
  readonly code: C;
  readonly details: MigratorErrorDetails[C];
  readonly [MARKER] = true;

  constructor(code: C, message: string, details: MigratorErrorDetails[C], options?: { readonly cause?: unknown }) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
  }
}

export function isMigratorError(value: unknown): value is MigratorError {
  return typeof value === 'object' && value !== null && (value as { [MARKER]?: unknown })[MARKER] === true;
}
