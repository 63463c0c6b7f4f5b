import { judge, pathFacts } from './assess.ts';
import { inspectFile } from './inspect-file.ts';
import { parseTemplate } from './layout-template.ts';
import { findIndexes } from './old-index.ts';
import type { PlanHeader, PlannedFile } from '../contract/migration-plan.ts';

/** What the old indexes say now, read once for all files of a plan. */
const evidenceNow = new WeakMap<PlanHeader, ReturnType<typeof findIndexes>['evidence']>();

function checksumNow(header: PlanHeader, file: string): string | undefined {
  const evidence = evidenceNow.get(header) ?? findIndexes(header.from).evidence;
  evidenceNow.set(header, evidence);
  return evidence.get(file)?.sha256;
}

/** The plan's line of a file that changed since, made again. What an index recorded of it then may be of an earlier file. */
export function assessAgain(header: PlanHeader, planned: PlannedFile, path: string): PlannedFile {
  const facts = pathFacts(planned.file, header.layout === null ? undefined : parseTemplate(header.layout));
  const inspected = inspectFile(path, planned.generations.includes('N'));
  const { size, changed, container } = inspected;
  const { reason: _reason, targets: _targets, rows: _rows, sha256: recorded, ...kept } = planned;
  const sha256 = recorded === undefined ? undefined : checksumNow(header, planned.file);
  const rest = { ...kept, ...(sha256 === undefined ? {} : { sha256 }) };
  if (!facts.known) return { ...rest, fate: 'refuse', sure: 'certain', reason: facts.why };
  return {
    ...rest,
    size,
    changed,
    container,
    intervals: facts.intervals,
    ...judge(facts, inspected, header),
  };
}
