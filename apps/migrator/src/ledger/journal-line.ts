import { hash as hashOf } from 'node:crypto';
import { parseRecord } from './parse-record.ts';
import type { JournalRecord } from './records.ts';

/**
 * One line of a journal: its number, a checksum of itself and of all before it, and a record. The chain begins with the
 * plan's hash, so that no line of another journal fits, and none can be left out, doubled or put elsewhere.
 */
const LINE = /^\{"n":(0|[1-9]\d*),"h":"([0-9a-f]{16})","r":(\{.*\})\}$/;

const chained = (previous: string, number: number, json: string): string =>
  hashOf('sha256', `${previous}\n${number}\n${json}`, 'hex').slice(0, 16);

/** The chain before the first line. Pure. */
export const chainStart = (planSha256: string): string => planSha256.slice(0, 16);

export interface JournalLine {
  readonly text: string;
  readonly hash: string;
}

/** The line of a record, without its newline. Pure. */
export function encodeLine(number: number, previous: string, record: JournalRecord): JournalLine {
  const json = JSON.stringify(record);
  const hash = chained(previous, number, json);
  return { text: `{"n":${number},"h":"${hash}","r":${json}}`, hash };
}

/** What a line says, or undefined if it is not the one that comes here. Pure. */
export function decodeLine(
  text: string,
  number: number,
  previous: string,
): { readonly record: JournalRecord; readonly hash: string } | undefined {
  const [, n, hash, json = ''] = LINE.exec(text) ?? [];
  if (n === undefined || Number(n) !== number || hash !== chained(previous, number, json)) return undefined;
  const record = parseRecord(parseJson(json));
  return record === undefined ? undefined : { record, hash };
}

/** A line of version 0.1.0: the record alone. Pure. */
export const decodeOldLine = (text: string): JournalRecord | undefined => parseRecord(parseJson(text));

/** The record of a line of either form, once the line has been checked. Pure. */
export function recordOf(text: string): JournalRecord | undefined {
  const value = parseJson(text);
  const inner = typeof value === 'object' && value !== null ? (value as { r?: unknown }).r : undefined;
  return parseRecord(inner ?? value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many lines a journal has at least, and the checksum of the last of them. */
export interface Committed {
  readonly lines: number;
  readonly hash: string;
}

const COMMITTED_BYTES = 64;

/** A text of fixed length, so that it is always written over in place. Pure. */
export const encodeCommitted = ({ lines, hash }: Committed): string =>
  `${JSON.stringify({ lines, hash }).padEnd(COMMITTED_BYTES - 1)}\n`;

/** Undefined if not every byte is as it was written. Pure. */
export function decodeCommitted(text: string): Committed | undefined {
  const [, lines, hash] = /^\{"lines":(0|[1-9]\d*),"hash":"([0-9a-f]{16})"\} *\n$/.exec(text) ?? [];
  if (lines === undefined || hash === undefined || text.length !== COMMITTED_BYTES) return undefined;
  return { lines: Number(lines), hash };
}
