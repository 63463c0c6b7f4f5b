import { describe, expect, it } from '@jest/globals';
import {
  ERRORS,
  diskWith,
  failAtEachCall,
  first,
  key,
  manager,
  morning,
  other,
  protocols,
  rowsOf,
  stateOf,
  vision,
} from './crash-protocols.fixture.ts';
import { storeError } from './disk/system-error.ts';
import { MemoryFileSystem } from './memory-file-system.fixture.ts';
import { bars, fromVision } from './rows.fixture.ts';

describe.each(protocols)('$name', (protocol) => {
  const { before, run, allowed, done } = protocol;

  it('may be cut by a power failure before any of its steps', async () => {
    const files = await before();
    const whole = MemoryFileSystem.with(files);
    await run(manager(whole));
    const seen = new Set<string>();
    for (let stopAt = 1; stopAt <= whole.calls; stopAt++) {
      const disk = MemoryFileSystem.with(files);
      disk.stopAt = stopAt;
      await run(manager(disk)).catch(() => undefined); // Removing what nobody misses is not told when it fails.
      for (const survived of disk.afterPowerCut()) {
        const state = stateOf(survived);
        if (seen.has(state)) continue;
        seen.add(state);
        const cache = manager(survived);
        const found = rowsOf(await cache.load(key));
        if (!allowed.includes(found)) throw new Error(`stopped before ${disk.operations[stopAt - 1]!}: ${found}`);
        // It goes on from there as if nothing had been.
        await run(cache);
        expect(rowsOf(await manager(survived).load(key))).toBe(done);
      }
    }
  });

  it('stays done once it was answered', async () => {
    const disk = MemoryFileSystem.with(await before());
    await run(manager(disk));
    for (const survived of disk.afterPowerCut()) expect(rowsOf(await manager(survived).load(key))).toBe(done);
  });

  it('fails at any step with a full disk, leaves old or new, and can be done again', async () => {
    await failAtEachCall(protocol, ERRORS[0]!);
  });
});

it('leaves no lease that says not whose it is, wherever its maker is killed', async () => {
  const files = await diskWith((cache) => cache.save(key, bars(key, first), morning));
  const whole = MemoryFileSystem.with(files);
  await manager(whole).save(key, vision(1), fromVision);
  let found = 0;
  for (let stopAt = 1; stopAt <= whole.calls; stopAt++) {
    const disk = MemoryFileSystem.with(files);
    disk.stopAt = stopAt;
    await manager(disk)
      .save(key, vision(1), fromVision)
      .catch(() => undefined);
    for (const [path, bytes] of disk.files()) {
      if (!path.includes('/leases/')) continue;
      found++;
      expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({ pid: process.pid });
    }
  }
  expect(found).toBeGreaterThan(0);
});

it('syncs the names of folders again that somebody has removed since they were synced', async () => {
  const disk = new MemoryFileSystem();
  const cache = manager(disk);
  await cache.save(other, bars(other), fromVision);
  disk.removeForGood('/cache/binance');
  await cache.save(key, vision(1), fromVision);
  for (const survived of disk.afterPowerCut()) expect(rowsOf(await manager(survived).load(key))).toBe(24);
});

it.each(ERRORS)('calls $code by its own code, $expected', ({ code, errno, expected }) => {
  const cause = Object.assign(new Error(code), { code, errno });
  const error = storeError(cause, { operation: 'write', path: '/cache/x' });
  expect(error).toMatchObject({ code: expected, cause, details: { path: '/cache/x', operation: 'write' } });
});

describe('a short write', () => {
  it('is gone on with until all bytes are there, and never answered as a save when the disk is full', async () => {
    const files = await diskWith((cache) => cache.save(key, bars(key, first), morning));
    for (const after of [0, 1, 100, 4096]) {
      const whole = MemoryFileSystem.with(files);
      await manager(whole).save(key, vision(1), fromVision);
      const writes = whole.operations.flatMap((operation, at) => (operation.startsWith('write') ? [at + 1] : []));
      for (const at of writes) {
        const disk = MemoryFileSystem.with(files);
        disk.failure = { at, code: 'ENOSPC', after };
        const lease = writes.indexOf(at) === 0;
        await expect(manager(disk).save(key, vision(1), fromVision)).rejects.toMatchObject(lease ? {} : { code: expect.stringMatching(/E_NO_SPACE|E_IO/) }); // prettier-ignore
        disk.failure = undefined;
        expect(rowsOf(await manager(disk).load(key))).toBe(12);
        expect([...disk.files().keys()].filter((path) => path.includes('/tmp/'))).toEqual([]);
      }
    }
  });

  it('tells how much was needed and how much is free', async () => {
    const files = await diskWith((cache) => cache.save(other, bars(other), fromVision));
    const whole = MemoryFileSystem.with(files);
    await manager(whole).save(key, vision(1), fromVision);
    const lastWrite = whole.operations.map((operation) => operation.startsWith('write')).lastIndexOf(true) + 1;
    const disk = MemoryFileSystem.with(files);
    disk.failure = { at: lastWrite, code: 'ENOSPC', after: 512 };
    const error: unknown = await manager(disk)
      .save(key, vision(1), fromVision)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'E_NO_SPACE', details: { free: 4096, needed: expect.any(Number) } });
  });
});
