import { quote, VisionClientError, type VisionClientErrorDetails } from '../contract/errors.ts';

export type RowErrorCode = 'E_CSV_VALUE' | 'E_CSV_TIME' | 'E_CSV_LINE';

/** A line of a file, counted from 1, and the column where one is meant. */
interface RowPlace {
  readonly name: string;
  readonly line: number;
  readonly column: string | undefined;
}

/** What is said of a line that is not decoded. @param received as it stands in the file, shortened */
export function rowError(
  code: RowErrorCode,
  { name, line, column }: RowPlace,
  received: string,
  why: string,
): VisionClientError {
  const details: VisionClientErrorDetails['E_CSV_VALUE'] = {
    name,
    line,
    received,
    ...(column === undefined ? {} : { column }),
  };
  const where = `${name}, line ${line}${column === undefined ? '' : `, ${column}`}`;
  return new VisionClientError(code, `${where}: ${quote(received)} ${why}.`, details);
}

/** A line has more or fewer fields than its dataset. */
export function fieldsError(details: VisionClientErrorDetails['E_CSV_FIELDS']): VisionClientError {
  const { name, line, received, expected, actual } = details;
  const message = `${name}, line ${line} has ${actual} fields, and ${expected} are expected: ${quote(received)}.`;
  return new VisionClientError('E_CSV_FIELDS', message, details);
}
