import { cachePath, type TimeSpan } from '@vision-cache/cache-keys';
import { mapConcurrent } from '../concurrency/ordered-prefetch.ts';
import type { RangeSource } from '../contract/ports.ts';
import { type FetchOutcome, messageOf } from '../io/engine.ts';
import { fetchSpan } from '../io/fetch-entries.ts';
import { record } from '../ledger/ledger.ts';
import { rangeNeedOf } from '../ledger/needs.ts';
import type { Question } from '../ledger/observation.ts';
import { planRanges, type RangeTask } from '../plan/plan-ranges.ts';
import type { Run } from './run.ts';

/** Asks a source of any span for what is needed, and stores what comes by the entry. */
export async function askRange(run: Run, source: RangeSource): Promise<void> {
  const { ledger, engine } = run;
  const { interval } = ledger.query;
  const needs = ledger.entries.flatMap((entry) => rangeNeedOf(ledger, entry, source) ?? []);
  await mapConcurrent(planRanges(needs, interval), (task, signal) => perform(run, source, task, signal), {
    ahead: engine.concurrency,
    signal: run.signal,
  });
}

async function perform(run: Run, source: RangeSource, task: RangeTask, signal: AbortSignal): Promise<void> {
  const { ledger, engine } = run;
  const { start, end } = task.span;
  const question: Question = { source: source.name, kind: 'range', span: task.span };
  // It does not know the symbol: that is so for every span.
  const isUnknown = (): boolean =>
    ledger.entries[task.needs[0]!.index]!.answers.some(
      (answer) =>
        answer.type === 'no-rows' && answer.outcome === 'unknown-symbol' && answer.question.source === source.name,
    );
  if (isUnknown()) return;
  const id = `${source.name} ${cachePath(task.key)} ${start} ${end}${ledger.isRefresh ? ' again' : ''}`;
  const outcome = await engine.flights.do(
    id,
    (stop) => fetchSpan(engine, source, task, { isRefresh: ledger.isRefresh, now: ledger.now, signal: stop }),
    signal,
  );
  run.addCost(source.name, outcome);
  switch (outcome.status) {
    case 'there':
      run.take(question, outcome);
      run.tellProgress(source.name, task.needs.length, outcome);
      return;
    case 'ok':
      run.take(question, outcome);
      recordRest(run, question, outcome);
      run.tellProgress(source.name, task.needs.length, outcome);
      return;
    case 'missing': {
      const isOfSymbol = outcome.outcome === 'unknown-symbol';
      const span = isOfSymbol ? wholeSpan(run) : task.span;
      record(ledger, {
        type: 'no-rows',
        question: { ...question, span },
        outcome: outcome.outcome,
        evidence: outcome.evidence,
      });
      return;
    }
    case 'failed':
      record(ledger, { type: 'failure', question, evidence: messageOf(outcome.error) });
  }
}

/** Where an answer has no rows there are none, but for the part of the span that it does not answer for. */
function recordRest({ ledger }: Run, question: Question, { unheld, leftOut }: Extract<FetchOutcome, { status: 'ok' }>) {
  const { start, end } = question.span;
  const answered = { start: unheld?.span.end ?? start, end: leftOut?.span.start ?? end };
  const none = (span: TimeSpan, evidence: string): void => {
    if (span.start < span.end)
      record(ledger, { type: 'no-rows', question: { ...question, span }, outcome: 'no-rows', evidence });
  };
  if (unheld !== undefined) none(unheld.span, unheld.evidence);
  none(answered, 'answered without rows');
  // What was left out is asked for again: nothing follows from it.
  if (leftOut !== undefined)
    record(ledger, { type: 'failure', question: { ...question, span: leftOut.span }, evidence: leftOut.evidence });
}

function wholeSpan({ ledger }: Run) {
  const { entries } = ledger;
  return { start: entries[0]!.whole.start, end: entries.at(-1)!.whole.end };
}
