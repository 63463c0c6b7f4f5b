// `npm run tarballs`: the publishable packages, built before, as npm would publish them, into build/tarballs.
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packAll } from './pack.mjs';

const folder = fileURLToPath(new URL('../build/tarballs', import.meta.url));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { file } of (await packAll(folder)).values()) console.log(file);
