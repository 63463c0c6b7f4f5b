import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('version-0.1.0', import.meta.url));

export type Scenario =
  'applied' | 'applied-in-place' | 'kept' | 'apply-killed' | 'rollback-killed' | 'finish-killed' | 'finished';

interface Place {
  readonly path: string;
  readonly sha256?: string;
  readonly changed?: number;
}

/** Lays out a migration as version 0.1.0 left it, below a folder; gives the path of its plan. */
export function layOut(scenario: Scenario, base: string): { readonly plan: string; readonly journal: string } {
  const text = (name: string) => readFileSync(join(here, scenario, name), 'utf8').replaceAll('@BASE@', base);
  const plan = join(base, 'plan');
  const bytes = JSON.parse(readFileSync(join(here, 'bytes.json'), 'utf8')) as Record<string, string>;
  writeFileSync(plan, text('plan.jsonl'));
  const id = createHash('sha256').update(readFileSync(plan)).digest('hex').slice(0, 16);
  for (const { path, sha256, changed = 0 } of JSON.parse(text('tree.json')) as Place[]) {
    const at = join(base, path.replace('@ID@', id));
    if (sha256 === undefined) mkdirSync(at, { recursive: true });
    else {
      mkdirSync(dirname(at), { recursive: true });
      writeFileSync(at, Buffer.from(bytes[sha256]!, 'base64'));
      utimesSync(at, changed / 1000, changed / 1000);
    }
  }
  const to = (JSON.parse(text('plan.jsonl').split('\n')[0]!) as { to: string }).to;
  const journal = join(to, `.vision-cache/journal/migration-${id}/journal.jsonl`);
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal, text('journal.jsonl'));
  return { plan, journal };
}
