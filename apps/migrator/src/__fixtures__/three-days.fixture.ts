import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { runCli } from '../cli/cli.ts';
import { apply, openPlan, plan } from '../index.ts';
import { oldFile, put, scratch, treeOf } from './old-cache.fixture.ts';

export let base: ReturnType<typeof scratch>;
export let [from, to, out] = ['', '', ''];

/** An empty folder for each test: `old`, `new` and `m.plan` lie in it. */
export function useScratch(): void {
  beforeEach(() => {
    base = scratch();
    [from, to, out] = [join(base.path, 'old'), join(base.path, 'new'), join(base.path, 'm.plan')];
  });
  afterEach(() => base.remove());
}

export const DAYS = ['2024-01-01', '2024-01-02', '2024-01-03'];
export const oldOf = (date: string) => `BTCUSDT/1h/${date}.arrow`;
export const newOf = (date: string) => `binance/spot/klines/daily/BTCUSDT/1h/${date}.arrow`;
export const [FIRST] = DAYS as [string];

/** Three days, planned, and where asked applied with the old files moved aside. */
export async function threeDays(state: 'planned' | 'applied' | 'moved'): Promise<void> {
  for (const date of DAYS) put(from, oldOf(date), await oldFile({ date }));
  plan({ from, to, out });
  if (state === 'applied') await apply({ plan: out });
  if (state === 'moved') expect(await apply({ plan: out, oldFiles: 'remove' })).toMatchObject({ removed: 3 });
}

export const folderOf = () => join(to, '.vision-cache/journal', `migration-${openPlan(out).id}`);
export const journalOf = () => join(folderOf(), 'journal.jsonl');
export const asideOf = (file: string) => join(from, '.vision-cache/migrated', openPlan(out).id, file);
export const lines = () => readFileSync(journalOf(), 'utf8').split('\n').slice(0, -1);
export const writeLines = (all: readonly string[]) => writeFileSync(journalOf(), all.map((line) => `${line}\n`).join(''));
export const whole = () => treeOf(base.path);

export async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io = {
    out: (text: string) => (said.out += text),
    err: (text: string) => (said.err += text),
    isTty: false,
  };
  return { code: await runCli(args, io), ...said };
}
