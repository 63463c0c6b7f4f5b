import { describe, expect, it } from '@jest/globals';
import { ERRORS, failAtEachCall, key, manager, protocols, rowsOf, stateOf } from './crash-protocols.fixture.ts';
import { MemoryFileSystem } from './memory-file-system.fixture.ts';

describe.each(protocols)('$name', (protocol) => {
  const { before, run, done } = protocol;

  it('stays done although an earlier attempt was killed before any of its steps', async () => {
    const files = await before();
    const whole = MemoryFileSystem.with(files);
    await run(manager(whole));
    const seen = new Set<string>();
    for (let stopAt = 1; stopAt <= whole.calls; stopAt++) {
      const disk = MemoryFileSystem.with(files);
      disk.stopAt = stopAt;
      await run(manager(disk)).catch(() => undefined);
      disk.stopAt = Infinity;
      await run(manager(disk));
      for (const survived of disk.afterPowerCut()) {
        const state = stateOf(survived);
        if (seen.has(state)) continue;
        seen.add(state);
        expect(rowsOf(await manager(survived).load(key))).toBe(done);
      }
    }
  });

  it.each(ERRORS)('fails at any step with $code, leaves old or new, and can be done again', async (failure) => {
    await failAtEachCall(protocol, failure);
  });
});
