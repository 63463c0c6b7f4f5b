// `node examples/run.mjs 03`: runs an example from the sources; nothing has to be built before.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const examples = readdirSync(folder).filter((file) => /^\d\d-.*\.ts$/.test(file));
const [wanted] = process.argv.slice(2);
const example = examples.find((file) => wanted !== undefined && file.startsWith(wanted));
if (example === undefined) {
  console.error(`Which example? ${examples.map((file) => file.replace('.ts', '')).join(', ')}`);
  process.exit(2);
}
const outfile = join(folder, 'test-output', example.replace('.ts', '.mjs'));
mkdirSync(join(folder, 'test-output'), { recursive: true });
await bundle({ entryPoints: [join(folder, example)], outfile });
await import(pathToFileURL(outfile).href);
