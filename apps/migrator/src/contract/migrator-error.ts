/** What each code of {@link MigratorError} carries in `details`. */
export interface MigratorErrorDetails {
  /** The command line, or an option of a function, makes no sense. */
  E_USAGE: { readonly option: string | undefined };
  /** The plan cannot be read, is damaged, or is none. */
  E_PLAN: { readonly path: string };
  /** The state of the migration does not allow what is asked for. */
  E_STATE: { readonly state: string };
  /** The journal is damaged or lost. Nothing was changed; `rollback --from-folders` goes on without it. */
  E_JOURNAL_DAMAGED: { readonly path: string; readonly line: number | undefined };
  /** Another run works on the same cache, or may do so. */
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

/** The error of a disk that stops a whole run; other errors as they are. Pure. */
export function stoppedBy(cause: unknown, path: string): unknown {
  const systemCode = systemCodeOf(cause);
  if (isMigratorError(cause) || systemCode === undefined) return cause;
  const message = `The run cannot continue (${systemCode}); free space or change permissions below ${path}, and run it again.`;
  return new MigratorError('E_STOPPED', message, { path, systemCode }, { cause });
}

/** The code that the system gave, such as `ENOSPC`, which the store keeps in its details. */
export function systemCodeOf(cause: unknown): string | undefined {
  const { code, details } = cause as { code?: unknown; details?: { systemCode?: unknown } };
  for (const each of [details?.systemCode, code]) {
    if (typeof each === 'string' && /^E[A-Z0-9]+$|^Unknown system/.test(each)) return each;
  }
  return undefined;
}
