// Lets a child process of a test run the workspace's TypeScript sources, as jest does: swc strips the types.
//   node --conditions=@vision-cache/source --import ./typescript-hooks.mjs walker.ts
import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';

if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
    swcrc: false,
    configFile: false,
    sourceMaps: 'inline',
    filename: fileURLToPath(url),
    module: { type: 'es6' },
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
  });
  return { format: 'module', shortCircuit: true, source: code };
}
