import { cachePath, spanOf } from '@vision-cache/cache-keys';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import type { ArchiveSource } from '../contract/ports.ts';
import { messageOf } from '../io/engine.ts';
import { fetchObject } from '../io/fetch-entries.ts';
import { record } from '../ledger/ledger.ts';
import { type NoRows, objectOf, type Question } from '../ledger/observation.ts';
import { needOf } from '../ledger/open-sources.ts';
import type { Need } from '../ledger/needs.ts';
import { type ArchiveRound, type ArchiveTask, planArchives } from '../plan/plan-archives.ts';
import { recallMisses } from './recall-misses.ts';
import type { Run } from './run.ts';

/** So many objects make two requests for a listing worth their while: it spares the 404s. */
const WORTH_A_LISTING = 8;
const QUARTER_OF_AN_HOUR = 900_000_000n;
/** The days that a month lacks, the months of days without a file, and once more for what a listing tells. */
const MAX_ROUNDS = 6;

/** Asks an archive for what is needed, round by round, and stores what comes day by day. */
export async function askArchive(run: Run, archive: ArchiveSource): Promise<void> {
  const { ledger, engine } = run;
  recallMisses(engine, ledger, archive);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const needs = needsFor(run, archive);
    if (needs.length === 0) return;
    const plan = (): ArchiveRound => planArchives({ ledger, needs, archive, listing: run.listingOf(archive) });
    let planned = plan();
    if ((planned.tasks.length >= WORTH_A_LISTING || planned.wantsListing) && (await run.list(archive)))
      planned = plan();
    record(
      ledger,
      ...planned.unlisted.map(({ key }): NoRows => {
        const question = {
          source: archive.name,
          kind: 'archive',
          object: objectOf(key),
          span: spanOf(key.date),
        } as const;
        return { type: 'no-rows', question, outcome: 'not-published', evidence: 'not in the listing' };
      }),
    );
    if (planned.tasks.length === 0) {
      if (planned.unlisted.length === 0) return;
      continue;
    }
    await mapConcurrent(planned.tasks, (task, signal) => perform(run, archive, task, signal), {
      ahead: engine.concurrency,
      signal: run.signal,
    });
  }
}

function needsFor({ ledger }: Run, archive: ArchiveSource): Need[] {
  return ledger.entries.flatMap((entry) => needOf(ledger, entry, archive) ?? []);
}

async function perform(run: Run, archive: ArchiveSource, task: ArchiveTask, signal: AbortSignal): Promise<void> {
  const { ledger, engine } = run;
  const path = cachePath(task.key);
  const question: Question = {
    source: archive.name,
    kind: 'archive',
    object: objectOf(task.key),
    span: spanOf(task.key.date),
  };
  // Who wants other days of a month has another question: it may be that they are not there.
  const wanted = task.needs.map(({ key, spans }) => `${key.date} ${spans[0]!.start} ${spans.at(-1)!.end}`).join();
  const id = `${archive.name} ${ledger.isRefresh ? 'again ' : ''}${path} ${wanted}`;
  const outcome = await engine.flights.do(
    id,
    (stop) => fetchObject(engine, archive, task, { isRefresh: ledger.isRefresh, now: ledger.now, signal: stop }),
    signal,
  );
  run.addCost(archive.name, outcome);
  switch (outcome.status) {
    case 'there':
      run.take(question, outcome);
      run.tellProgress(archive.name, task.needs.length, outcome);
      return;
    case 'ok':
      run.take(question, outcome);
      record(ledger, {
        type: 'no-rows',
        question,
        outcome: 'no-rows',
        evidence: `the file of ${task.key.date} lacks it`,
      });
      run.tellProgress(archive.name, task.needs.length, outcome);
      return;
    case 'missing': {
      const { evidence } = outcome;
      record(ledger, { type: 'no-rows', question, outcome: 'not-published', evidence });
      engine.misses.remember(archive.name, path, evidence, ledger.now, ledger.now + QUARTER_OF_AN_HOUR);
      return;
    }
    case 'failed':
      record(ledger, { type: 'failure', question, evidence: messageOf(outcome.error) });
  }
}
