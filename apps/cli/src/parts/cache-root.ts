import { mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { CacheFlags } from '../contract/flags.ts';
import type { Io } from '../contract/io.ts';

/** The folder of the cache: the flag's, else the environment's, else the platform's. */
export function cacheRoot({ cache, demo }: Pick<CacheFlags, 'cache' | 'demo'>, { environment }: Io): string {
  if (cache !== undefined) return resolve(cache);
  if (demo === true) return demoRoot();
  const { VISION_CACHE_DIR: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = environment;
  if (own !== undefined && own !== '') return resolve(own);
  const name = 'vision-cache';
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
