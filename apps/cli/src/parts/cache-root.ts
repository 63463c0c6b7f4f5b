import { mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { CacheFlags } from '../contract/flags.ts';
import type { Io } from '../contract/io.ts';
import { UsageError } from '../contract/usage-error.ts';

/** What to do instead on a bucket, of the commands that work on a folder only. */
export const INSTEAD = {
  usage: 'ls --long shows rows and bytes of each series',
  prune: 'a lifecycle rule of the bucket removes objects below the prefix',
  repack: 'init --monthly makes another prefix, and sync fills it',
  sweep: 'a bucket has no leftovers; name the local folder (VISION_CACHE_LOCAL) with --cache',
  doctor: 'ls shows whether the bucket answers; doctor --cache FOLDER checks this machine and the hosts',
  serve: 'first sync what you want to see into a folder',
} as const;

/**
 * The folder of the cache: the flag's, else the environment's, else the platform's.
 * @throws {UsageError} `E_NEEDS_FOLDER` if a bucket is named; `E_USAGE` if no folder is
 */
export function cacheRoot(
  flags: Pick<CacheFlags, 'cache' | 'demo'>,
  io: Pick<Io, 'environment'>,
  command?: keyof typeof INSTEAD,
): string {
  const bucket = bucketUrl(flags, io);
  if (bucket !== undefined) {
    const instead = command === undefined ? 'name a folder with --cache' : INSTEAD[command];
    throw new UsageError(`${bucket} is a bucket, but this command needs a folder: ${instead}.`, 'E_NEEDS_FOLDER');
  }
  const { cache, demo } = flags;
  if (cache !== undefined) return folderOf(cache, '--cache');
  if (demo === true) return demoRoot();
  const { VISION_CACHE_DIR: own } = io.environment;
  return own !== undefined && own !== ''
    ? folderOf(own, 'VISION_CACHE_DIR')
    : platformFolder(io.environment, 'vision-cache');
}

/**
 * A folder that was named. A variable that is not set would make the working folder a cache, and `~` or a URL in quotes a
 * folder of a strange name in it.
 * @throws {UsageError} `E_USAGE`
 */
export function folderOf(named: string, flag: string): string {
  if (named.trim() === '')
    throw new UsageError(`${flag} names no folder: is a variable not set? "." is the working folder.`);
  if (/^~([\\/]|$)/.test(named)) throw new UsageError(`${flag}: ${named} is for a shell: write ~ without quotes.`);
  if (/^(file:|[a-z][a-z\d+.-]+:\/\/)/i.test(named)) throw new UsageError(`${flag}: ${named} is a URL, and no folder.`);
  return resolve(named);
}

/** `s3://bucket/prefix`, where the flag or the environment says so. */
export function bucketUrl(
  { cache, demo }: Pick<CacheFlags, 'cache' | 'demo'>,
  { environment }: Pick<Io, 'environment'>,
): string | undefined {
  const named = cache ?? (demo === true ? undefined : environment['VISION_CACHE_DIR']);
  if (named?.startsWith('s3://') !== true) return undefined;
  // It would come to stand in messages.
  if (/^s3:\/\/[^/]*[@:]/.test(named))
    throw new UsageError(
      's3://bucket/prefix has no credentials in it: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY name them.',
    );
  return named;
}

/** Where this platform keeps the caches of programs. */
export function platformFolder(environment: Io['environment'], name: string): string {
  const { XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (process.platform === 'win32') return join(local ?? join(homedir(), 'AppData', 'Local'), name);
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', name);
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), name);
}

/** One for each user, so that `ls --demo` shows what `sync --demo` has fetched; the system clears it away. */
function demoRoot(): string {
  const root = join(tmpdir(), `vision-cache-demo-${userInfo().username.replace(/[^\w.-]/g, '_')}`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return root;
}
