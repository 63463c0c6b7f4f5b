import type { ArchiveServer } from '@vision-cache/vision-client/testing';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials, type Server } from './rgw.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The bundled command. */
export const COMMAND = join(ROOT, 'build/vision-cache/run/main.cjs');

/** Bundles the command from the sources, once and after changes. */
export function makeCommand(): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'tools/vision-cache.mjs'), '--version'], { encoding: 'utf8' }); // prettier-ignore
  if (status !== 0) throw new Error(stderr);
}

/** What a worker is told by its environment: the archive at its instant, and where the bucket is. `folder` is its home. */
export function environmentOf(
  folder: string,
  { archive, server, now }: { readonly archive: ArchiveServer; readonly server: Server; readonly now: string },
): Record<string, string> {
  return {
    HOME: folder,
    VISION_CACHE_ARCHIVE_URL: archive.baseUrl,
    VISION_CACHE_LISTING_URL: archive.listingUrl,
    VISION_CACHE_REST_URL: 'none',
    VISION_CACHE_NOW: now,
    VISION_CACHE_S3_ENDPOINT: server.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Worker {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** One process of the command, as a scheduler starts it. */
export function startWorker(args: readonly string[], environment: Readonly<Record<string, string>>): Worker {
  const env = { PATH: process.env['PATH'], NO_COLOR: '1', ...environment };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, out, err });
    });
  });
  return { child, ended };
}
