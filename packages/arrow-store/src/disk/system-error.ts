import { ArrowStoreError, isArrowStoreError, quote } from '../contract/errors.ts';
import type { FileSystem } from './file-system.ts';

/** The system's code. Node reports a full quota as `Unknown system error -122`. */
export function systemCode(error: unknown): string | undefined {
  if (isArrowStoreError(error)) return 'systemCode' in error.details ? error.details.systemCode : undefined;
  const { code, errno } = (error ?? {}) as { code?: unknown; errno?: unknown };
  if (errno === -122) return 'EDQUOT';
  return typeof code === 'string' ? code : undefined;
}

export const isMissing = (error: unknown): boolean => systemCode(error) === 'ENOENT';

export interface FailedOperation {
  readonly operation: string;
  readonly path: string;
  /** Bytes that were to be written. */
  readonly needed?: number | undefined;
}

/** What the system threw, as an error of this package; its own errors pass through. */
export function storeError(
  cause: unknown,
  { operation, path, needed }: FailedOperation,
  fileSystem?: FileSystem,
): ArrowStoreError {
  if (isArrowStoreError(cause)) return cause;
  const code = systemCode(cause);
  const details = { path, operation, systemCode: code };
  const what = `${quote(path)}: ${operation} failed (${code ?? (cause instanceof Error ? cause.message : String(cause))})`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT': {
      const free = freeBytes(fileSystem, path);
      const why = code === 'EDQUOT' ? 'The quota is used up' : 'The disk is full, of bytes or of files';
      const sizes = `needed ${needed ?? 'some'} bytes, free ${free ?? 'unknown'}`;
      return new ArrowStoreError('E_NO_SPACE', `${what}. ${why}: ${sizes}.`, { ...details, needed, free }, { cause });
    }
    case 'EROFS':
      return new ArrowStoreError('E_READ_ONLY', `${what}. The file system is read-only.`, details, { cause });
    case 'EACCES':
    case 'EPERM':
      return new ArrowStoreError('E_PERMISSION', `${what}. This process does not have the permission.`, details, {
        cause,
      });
    case 'EMFILE':
    case 'ENFILE':
      return new ArrowStoreError('E_TOO_MANY_FILES', `${what}. Raise the limit of open files.`, details, { cause });
    case 'ENAMETOOLONG':
      return new ArrowStoreError('E_NAME_TOO_LONG', `${what}. Choose a shorter root.`, details, { cause });
    case 'ELOOP':
      return new ArrowStoreError('E_SYMLINK', `${what}. It is a symbolic link; the store does not follow links below its root.`, { path, expected: 'no link', found: 'a link' }, { cause }); // prettier-ignore
    case 'EXDEV':
      return new ArrowStoreError('E_IO', `${what}. The root and its .vision-cache must be on one file system.`, details, { cause }); // prettier-ignore
    default:
      return new ArrowStoreError('E_IO', `${what}.`, details, { cause });
  }
}

function freeBytes(fileSystem: FileSystem | undefined, path: string): number | undefined {
  for (let folder = path; folder !== ''; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    try {
      return fileSystem?.free(folder);
    } catch {
      // The folder is not there: its parent is on the same file system.
    }
  }
  return undefined;
}
