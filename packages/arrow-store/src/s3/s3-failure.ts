import { ArrowStoreError, quote } from '../contract/errors.ts';

/** What a request has come to when it has not come to an answer. Nothing of it was signed with is in it. */
export interface S3Failure {
  /** The bucket's own code, such as `SlowDown`, or that of the network, such as `ECONNRESET`. */
  readonly reason: string;
  /** Undefined if there was no answer. */
  readonly status: number | undefined;
}

const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired']);
const REFUSED = new Set([...EXPIRED, 'InvalidAccessKeyId', 'InvalidToken', 'SignatureDoesNotMatch', 'InvalidSecurity', 'RequestTimeTooSkewed']); // prettier-ignore
const AGAIN = new Set(['SlowDown', 'RequestTimeout', 'InternalError', 'ServiceUnavailable', 'Throttling', 'OperationAborted', 'BadDigest', 'IncompleteBody', 'ConditionalRequestConflict', 'ThrottlingException']); // prettier-ignore
const AGAIN_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

export const isSkewed = ({ reason }: S3Failure): boolean => reason === 'RequestTimeTooSkewed';

/** Whether a provider may have other credentials by now. */
export const isExpired = ({ reason }: S3Failure): boolean => EXPIRED.has(reason) || reason === 'InvalidToken';

/** Whether the same request may succeed later. */
export function mayPass({ reason, status }: S3Failure): boolean {
  return status === undefined || AGAIN.has(reason) || AGAIN_STATUS.has(status);
}

/** The code of an error document, else a name for the status. */
export function failureOf(status: number, body: string): S3Failure {
  const code = /<Code>([\w.-]{1,64})<\/Code>/.exec(body)?.[1];
  return { status, reason: code ?? NAMES[status] ?? `HTTP ${status}` };
}

const NAMES: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  307: 'TemporaryRedirect',
  403: 'AccessDenied',
  404: 'NotFound',
  412: 'PreconditionFailed',
  503: 'SlowDown',
};

/** A code of Node's or undici's, dug out of what `fetch` throws; the error itself may hold the request, with its headers. */
export function networkFailure(error: unknown): S3Failure {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 4; depth++) {
    const { code, name, cause } = at as { code?: unknown; name?: unknown; cause?: unknown };
    if (typeof code === 'string' && /^[A-Z][A-Z_0-9]{2,40}$/.test(code)) return { reason: code, status: undefined };
    if (cause === undefined && typeof name === 'string' && /^\w{1,40}$/.test(name)) return { reason: name, status: undefined }; // prettier-ignore
    at = cause;
  }
  return { reason: 'the network', status: undefined };
}

/** Says what was asked, of which object, and what the bucket said; and no more. */
export function s3Error(
  operation: string,
  path: string,
  { reason, status }: S3Failure,
  attempts: number,
): ArrowStoreError {
  const times = attempts === 1 ? '' : ` after ${attempts} attempts`;
  const what = `${quote(path)}: ${operation} failed${times} (${status === undefined ? reason : `${status} ${reason}`})`;
  if (REFUSED.has(reason)) {
    const hint = reason === 'RequestTimeTooSkewed' ? 'The clocks of this machine and of the bucket differ' : 'The bucket refuses the credentials'; // prettier-ignore
    return new ArrowStoreError('E_CREDENTIALS', `${what}. ${hint}.`, { path, reason });
  }
  if (status === 403) {
    const details = { path, operation, systemCode: reason };
    return new ArrowStoreError('E_PERMISSION', `${what}. These credentials do not have the permission.`, details);
  }
  return new ArrowStoreError('E_BUCKET', `${what}.`, { path, operation, status, reason, attempts });
}
