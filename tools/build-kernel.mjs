// Compiles vision-client's AssemblyScript kernel and writes it, as text, into the sources, so that nobody needs a
// compiler to build the package. `--check` writes nothing and fails where the sources hold another one.
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (path) => fileURLToPath(new URL(`../packages/vision-client/${path}`, import.meta.url));
const target = file('src/kernel/kernel-bytes.ts');
const SOURCES = ['inflate.ts', 'decode-rows.ts'];

const { error, stderr, binary } = await asc.compileString(
  Object.fromEntries(SOURCES.map((name) => [name, readFileSync(file(`assembly/${name}`), 'utf8')])),
  { optimizeLevel: 3, noAssert: true, runtime: 'stub', initialMemory: 1, use: ['abort='] },
);
if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
const source =
  `// Made by \`npm run build:wasm\` from assembly. Do not edit.\n` +
  `/** The WebAssembly that inflates archives and decodes rows, ${binary.length} bytes, in base64. */\n` +
  `export const KERNEL_BASE64 =\n  '${Buffer.from(binary).toString('base64')}';\n`;

if (!process.argv.includes('--check')) writeFileSync(target, source);
else if (readFileSync(target, 'utf8') !== source)
  throw new Error('src/kernel/kernel-bytes.ts: run `npm run build:wasm`');
console.log(`The kernel has ${binary.length} bytes of WebAssembly`);
