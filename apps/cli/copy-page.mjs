// The page that `serve` shows is the demo's, built before; it is published within this package.
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const demo = dirname(createRequire(import.meta.url).resolve('@vision-cache/demo/package.json'));
cpSync(join(demo, 'dist/web'), 'dist/web', { recursive: true });
