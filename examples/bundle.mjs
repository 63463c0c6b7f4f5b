// A program from the sources of the packages: nothing has to be built before.
import { build } from 'esbuild';

/** @param {import('esbuild').BuildOptions} entry what to bundle, and into which file */
export async function bundle(entry) {
  await build({
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@vision-cache/source'],
    external: ['apache-arrow', 'luxon', 'msw', '@opentelemetry/api'],
    logLevel: 'warning',
    ...entry,
  });
}
