import { describe, expect, it } from '@jest/globals';
import { KERNEL_BASE64 } from './kernel-bytes.ts';

describe('the kernel in the sources', () => {
  it('is what its AssemblyScript compiles to', async () => {
    const { compileKernel } = (await import('../../assembly/build.mjs' as string)) as {
      compileKernel(): Promise<Uint8Array>;
    };
    expect(Buffer.from(await compileKernel()).toString('base64')).toBe(KERNEL_BASE64);
  });
});
