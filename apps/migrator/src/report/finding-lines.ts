import { type MigrationSummary, outcomesOf } from '../commands/summary.ts';
import { readMigration } from '../commands/open-migration.ts';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { type Fate, groupOf } from '../contract/outcome.ts';
import type { OpenPlan } from '../plan/open-plan.ts';

/** At most so many files are named on a terminal; a report in a file names all. */
export const MOST_NAMED = 50;
/** Of the conflicts of one file. */
const MOST_CONFLICTS = 5;

/** Fates with which no file needs a look. */
const PLAIN: ReadonlySet<string> = new Set<Fate>([
  'migrated', 'split', 'relabelled', 'partial', 'degraded', 'lossy', 'sealed-moved', 'pending',
]); // prettier-ignore

/** Whether some file may need a look. */
export const hasFindings = ({ byFate, notRemoved }: MigrationSummary): boolean =>
  notRemoved > 0 || Object.keys(byFate).some((fate) => !PLAIN.has(fate));

/** The files that need a look, each with its reason; all of them with `most` infinite. */
export function* findingLines(plan: OpenPlan, most: number): Generator<string> {
  const migration = readMigration(plan);
  let named = 0;
  let more = 0;
  for (const lines of findings(migration)) {
    if (named === most) {
      more += 1;
      continue;
    }
    if (named++ === 0) yield '';
    yield* lines;
  }
  if (more > 0) yield `... and ${more} more; --report FILE names all.`;
}

function* findings(migration: ReturnType<typeof readMigration>): Generator<string[]> {
  for (const { file, why } of migration.ledger.kept.values())
    yield [`not moved aside: ${escapeTerminal(file)}: ${escapeTerminal(why)}`];
  for (const { file, outcome } of outcomesOf(migration)) {
    if (groupOf(outcome.fate) !== 'failed' && outcome.conflicts === undefined) continue;
    if (outcome.fate === 'pending') continue;
    const why = escapeTerminal(outcome.message ?? outcome.reason ?? '');
    yield [
      `${outcome.fate}: ${escapeTerminal(file.file)}: ${why}`.trimEnd().replace(/:$/, ''),
      ...(outcome.conflicts ?? [])
        .slice(0, MOST_CONFLICTS)
        .map(
          ({ time, column, kept, dropped }) =>
            `    ${escapeTerminal(`${time} ${column}: ${String(kept)} kept, ${String(dropped)} not`)}`,
        ),
    ];
  }
}
