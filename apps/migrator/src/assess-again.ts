import { judge, pathFacts } from './assess.ts';
import { inspectFile } from './inspect-file.ts';
import { parseTemplate } from './layout-template.ts';
import type { PlanHeader, PlannedFile } from './migration-plan.ts';

/** The plan's line of a file that changed since, made anew. What an index recorded of it is of an earlier file. */
export function assessAgain(header: PlanHeader, planned: PlannedFile, path: string): PlannedFile {
  const facts = pathFacts(planned.file, header.layout === null ? undefined : parseTemplate(header.layout));
  const inspected = inspectFile(path, planned.generations.includes('N'));
  const { size, changed, container } = inspected;
  const { reason: _reason, targets: _targets, rows: _rows, ...rest } = planned;
  if (!facts.known) return { ...rest, fate: 'refuse', sure: 'certain', reason: facts.why };
  return {
    ...rest,
    size,
    changed,
    container,
    intervals: facts.intervals,
    ...judge(facts, inspected, header.marketGiven),
  };
}
