// The page that `serve` shows is the demo's, built before; it is published within this package.
import { cpSync } from 'node:fs';

cpSync(new URL('../demo/dist/web', import.meta.url), new URL('dist/web', import.meta.url), { recursive: true });
