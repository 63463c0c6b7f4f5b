import { EXIT, type ExitCode } from '../contract/exit-codes.ts';
import { escapeTerminal } from './escape-terminal.ts';

/** Codes of errors that another run of the same command will meet again. */
const PERMANENT =
  /^E_(?:USAGE|KEY_.*|QUERY|OPTION|UNKNOWN_SYMBOL|NEWER_FORMAT|OUTSIDE_ROOT|SYMLINK|NOT_FOUND|NOT_COVERED|READ_ONLY|PERMISSION|SCHEMA|HOMES|NO_CACHE|NEEDS_FOLDER|NO_PAGE|PORT_.*|HOST|NAME_TOO_LONG|CRITERION)$/;
const SYSTEM_PERMANENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'EROFS', 'EEXIST', 'EADDRINUSE']);

export const codeOf = (error: unknown): string | undefined => {
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
};

/** Whether a stop that the user asked for is what ended it. */
export const isStop = (error: unknown): boolean =>
  codeOf(error) === 'E_ABORTED' || codeOf(error) === 'E_STOPPED' || Reflect.get(Object(error), 'name') === 'AbortError';

export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error) ?? '';
  const { systemCode, reason } =
    (Object(error) as { readonly details?: Readonly<Record<string, unknown>> }).details ?? {};
  // Credentials that have expired may be others for who starts it again.
  if (code === 'E_CREDENTIALS' && reason === 'none are given') return EXIT.USAGE;
  const system = code === 'E_IO' && typeof systemCode === 'string' ? systemCode : code;
  return PERMANENT.test(code) || SYSTEM_PERMANENT.has(system) ? EXIT.USAGE : EXIT.FAILED;
}

/** One sentence with its code; what it was caused by only where it is asked for. */
export function errorText(error: unknown, how: 'short' | 'verbose'): string {
  const lines = [sentenceOf(error)];
  if (how === 'verbose') {
    let cause = (Object(error) as { readonly cause?: unknown }).cause;
    for (let depth = 0; cause !== undefined && depth < 5; depth++) {
      lines.push(`  because: ${sentenceOf(cause)}`);
      cause = (Object(cause) as { readonly cause?: unknown }).cause;
    }
    const { stack } = Object(error) as { readonly stack?: unknown };
    if (typeof stack === 'string') lines.push(...stack.split('\n').slice(1, 12));
  }
  return `${lines.join('\n')}\n`;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a file stands where a folder should be',
  EISDIR: 'it is a folder, and a file was expected',
  EACCES: 'this user may not do that there',
  EPERM: 'this user may not do that there',
  EROFS: 'the file system is read-only',
  EEXIST: 'it is there already',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
};

const codeOfSystem = (code: string): string => (code === 'ENOSPC' || code === 'EDQUOT' ? 'E_NO_SPACE' : 'E_IO');

/** Of rows that were to go to stdout, which a disk or device has not taken. */
export function lostOutputText(error: unknown): string {
  const code = codeOf(error) ?? 'an unknown error';
  const reason = SYSTEM_REASONS[code];
  return `${codeOfSystem(code)}: The output is not all written: ${reason === undefined ? code : `${reason} (${code})`}.\n`;
}

/** What the system refused on a file, in words: Node's own sentence is for who wrote the call. */
function systemSentence(error: unknown): string | undefined {
  const { code, syscall, path } = Object(error) as { code?: unknown; syscall?: unknown; path?: unknown };
  if (typeof code !== 'string' || typeof syscall !== 'string' || typeof path !== 'string') return undefined;
  const reason = SYSTEM_REASONS[code];
  return reason === undefined ? undefined : `${codeOfSystem(code)}: ${escapeTerminal(path)}: ${reason} (${code}).`;
}

function sentenceOf(error: unknown): string {
  const ofSystem = systemSentence(error);
  if (ofSystem !== undefined) return ofSystem;
  const code = codeOf(error);
  const told = escapeTerminal(error instanceof Error ? error.message : messageOf(error));
  // Node's own errors begin with their code.
  const message = code !== undefined && told.startsWith(`${code}: `) ? told.slice(code.length + 2) : told;
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return `${code ?? 'E_UNEXPECTED'}: ${sentence}`;
}

/** An error of another realm is no instance of this one's class. */
function messageOf(error: unknown): string {
  const { message } = Object(error) as { readonly message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
