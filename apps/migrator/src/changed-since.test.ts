import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UnifiedCacheManager, repack } from '@vision-cache/arrow-store';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { barsOf, oldFile, put, scratch, treeOf } from './__fixtures__/old-cache.fixture.ts';
import { runCli } from './cli/cli.ts';
import { apply, finish, plan, rollback, verify } from './index.ts';

let base: ReturnType<typeof scratch>;
let [from, to, out] = ['', '', ''];
let before: string[] = [];
beforeEach(async () => {
  base = scratch();
  [from, to, out] = [join(base.path, 'old'), join(base.path, 'new'), join(base.path, 'm.plan')];
  for (const date of DAYS) put(from, `BTCUSDT/1h/${date}.arrow`, await oldFile({ date }));
  before = treeOf(from);
  plan({ from, to, out });
  await apply({ plan: out, oldFiles: 'remove' });
});
afterEach(() => base.remove());

const DAYS = ['2024-01-01', '2024-01-02', '2024-01-03'];
const folder = 'binance/spot/klines/daily/BTCUSDT/1h';
const arrowFiles = (root: string): string[] =>
  (existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }) : [])
    .filter((path) => path.endsWith('.arrow'))
    .sort();

async function drain(all: AsyncIterable<unknown>): Promise<void> {
  for await (const each of all) expect(each).toBeDefined();
}

/** What the rest of the product does to a cache that is in use. */
const CHANGES: Readonly<Record<string, { readonly gone: number; readonly change: () => Promise<unknown> }>> = {
  'an entry was invalidated': {
    gone: 1,
    change: () => new UnifiedCacheManager({ root: to }).invalidate(barsOf({ date: '2024-01-02' }).key),
  },
  'entries were pruned': {
    gone: 3,
    change: () => drain(new UnifiedCacheManager({ root: to }).prune({ maxBytes: 0, includingIrreplaceable: true })),
  },
  'entries were repacked by the month': { gone: 3, change: () => drain(repack({ root: to, monthly: ['1h'] })) },
};

describe.each(Object.entries(CHANGES))('where since apply %s', (_, { gone, change }) => {
  it('verify says so', async () => {
    await change();
    const { success, failed, findings } = verify({ plan: out });
    expect([success, failed, findings.map(({ found }) => found)]).toEqual([
      3 - gone,
      gone,
      Array(gone).fill('nothing'),
    ]);
  });

  it('rollback brings all old files back, tells it, and leaves what is no longer the migration’s', async () => {
    await change();
    const others = arrowFiles(to).filter((path) => !path.startsWith(folder));
    const { restored, takenBack, findings } = await rollback({ plan: out });
    expect([restored, takenBack, findings.map(({ found }) => found)]).toEqual([3, 3 - gone, Array(gone).fill('gone')]);
    expect(treeOf(from).filter((line) => !line.startsWith('.vision-cache'))).toEqual(before);
    expect(arrowFiles(to)).toEqual(others);
  });

  it('finish leaves the old files aside whose rows do not stand where they were proven', async () => {
    await change();
    const { success, failed, leftAside } = finish({ plan: out });
    expect([success, failed, leftAside.length]).toEqual([3 - gone, gone, gone]);
    expect(arrowFiles(join(from, '.vision-cache'))).toHaveLength(gone);
  });
});

it.each(['apply', 'plan'])('%s says that a cache is kept by the month, and changes nothing', async (command) => {
  await drain(repack({ root: to, monthly: ['1h'] }));
  const all = treeOf(base.path);
  const args = command === 'apply' ? [out, '--remove-old'] : ['--from', from, '--to', to, '--out', `${out}-2`];
  const said = { out: '', err: '' };
  const code = await runCli([command, ...args], {
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    isTty: false,
  });
  expect([code, said]).toEqual([
    2,
    { out: '', err: expect.stringMatching(/^E_STATE: .* keeps 1h by the month.*--to.*repack/) },
  ]);
  expect(treeOf(base.path)).toEqual(all);
});
