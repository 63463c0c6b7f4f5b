import {
  createSyntheticArchive,
  type FaultRule,
  startArchiveServer,
  type SyntheticSymbol,
} from '@vision-cache/vision-client/testing';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built command: what a user has. */
export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const GOLDEN = fileURLToPath(new URL('./golden', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

const made: string[] = [];

export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vision-cache-cli-'));
  made.push(folder);
  return folder;
}

export function removeTempFolders(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The clock of archive and command. */
export const NOW = '2024-03-01T12:00:00Z';
/** An ended day has its archive four hours later. */
const SYMBOLS: readonly SyntheticSymbol[] = [
  { symbol: 'BTCUSDT', listed: '2024-01-10T08:00Z' },
  { symbol: 'ETHUSDT', listed: '2024-01-10T08:00Z' },
  { symbol: 'BTCUSDT', marketType: 'um', listed: '2024-01-10' },
];

/** A made-up archive, and the command pointed at it with a cache of its own. */
export async function shop({
  faults = [],
  symbols = SYMBOLS,
}: { faults?: readonly FaultRule[]; symbols?: readonly SyntheticSymbol[] } = {}) {
  const archive = createSyntheticArchive({
    symbols,
    now: NOW,
    irregularities: [
      { name: 'outage', marketType: 'spot', start: '2024-01-15T12:39:41Z', end: '2024-01-15T14:00Z' },
      { name: 'missing-file', marketType: 'spot', symbol: 'BTCUSDT', date: '2024-02-20' },
    ],
  });
  const server = await startArchiveServer(archive, { faults });
  const root = join(tempFolder(), 'cache');
  const environment = {
    PATH: process.env['PATH'],
    VISION_CACHE_DIR: root,
    VISION_CACHE_ARCHIVE_URL: server.baseUrl,
    VISION_CACHE_LISTING_URL: server.listingUrl,
    VISION_CACHE_REST_URL: Object.entries(server.restUrls)
      .map(([market, url]) => `${market}=${url}`)
      .join(','),
    VISION_CACHE_NOW: NOW,
    NO_COLOR: '1',
  };
  const start = (line: string, more: Readonly<Record<string, string>> = {}): Running =>
    startCommand(line.split(' '), { ...environment, ...more });
  return { archive, server, root, environment, start, run: (line: string, more = {}) => start(line, more).ended };
}

/** What a command off a terminal says of its progress every five seconds: on a busy machine any command may say it. */
const PROGRESS = /^\d+(?: of \d+)? [a-z ]+, [\d.]+ (?:[KMGT]i)?B(?:, .+ to go)?\n/gm;

/** `err` of what has ended is without the lines of its progress. */
export function startCommand(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (err += bytes.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err: err.replace(PROGRESS, '') })));
  return { child, ended };
}

/** The address that `serve --json` says first. */
export async function servedAt({ stdout }: ChildProcess): Promise<string> {
  const text = await new Promise<string>((resolve) => stdout!.once('data', (bytes: Buffer) => resolve(bytes.toString())));
  return (JSON.parse(text) as { url: string }).url;
}

/** Output with what differs from run to run taken out: times, ports, folders, seconds. */
function steady(text: string, folders: readonly string[]): string {
  let plain = text;
  for (const folder of folders) plain = plain.replaceAll(folder, 'CACHE');
  return plain
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/v\d+\.\d+\.\d+ on \w+ \w+/g, 'NODE')
    .replace(/[\d.]+ [KMGT]iB and (?:[\d,]+|any number of) files are free/g, 'N and N files are free')
    .replace(/[\d.]+ [KMGT]iB free/g, 'N free')
    .replace(/\d+\.\d s\b/g, 'N s')
    .replace(/"seconds":[\d.]+/g, '"seconds":0')
    // How many requests it takes is the library’s, and held by its own tests.
    .replace(/"requests":\d+/g, '"requests":0')
    .replace(/process \d+ on \S+?([).])/g, 'process N on HOST$1');
}

/**
 * What a golden file holds and what the command said, to be compared. With GOLDEN=write the file is written: look at
 * the difference before it is committed.
 */
export function golden(name: string, ended: Ended, ...folders: string[]): { expected: string; received: string } {
  const file = join(GOLDEN, `${name}.txt`);
  const received = `exit ${String(ended.code)}\n--- stdout\n${steady(ended.out, folders)}--- stderr\n${steady(ended.err, folders)}`;
  if (process.env['GOLDEN'] === 'write') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, received);
  }
  return { expected: existsSync(file) ? readFileSync(file, 'utf8') : 'there is no golden file', received };
}
