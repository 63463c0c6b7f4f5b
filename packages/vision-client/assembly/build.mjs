// Compiles the kernel and writes it, as text, into the sources, so that nobody needs a compiler to build the package.
import asc from 'assemblyscript/asc';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** The kernel's WebAssembly. */
export async function compileKernel() {
  const { error, stderr, binary } = await asc.compileString(
    { 'decode-rows.ts': (await import('node:fs')).readFileSync(here('decode-rows.ts'), 'utf8') },
    { optimizeLevel: 3, shrinkLevel: 0, noAssert: true, runtime: 'stub', initialMemory: 1, use: ['abort='] },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return binary;
}

/** The source file in which the kernel stands. */
export function kernelSource(binary) {
  const base64 = Buffer.from(binary).toString('base64');
  return (
    `// Made by \`npm run build:wasm\` from assembly/decode-rows.ts. Do not edit.\n` +
    `/** The WebAssembly of the row decoder's inner loop, ${binary.length} bytes, in base64. */\n` +
    `export const KERNEL_BASE64 =\n  '${base64}';\n`
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binary = await compileKernel();
  writeFileSync(here('../src/decode/kernel-bytes.ts'), kernelSource(binary));
  console.log(`src/decode/kernel-bytes.ts: ${binary.length} bytes of WebAssembly`);
}
