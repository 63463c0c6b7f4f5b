import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { isHome, pathFacts } from '../old-cache/assess.ts';
import { FactsMemo, nameFacts } from '../old-cache/facts-memo.ts';
import { FolderMemo } from '../old-cache/folder-memo.ts';
import { inspectFile } from '../old-cache/inspect-file.ts';
import { parseTemplate } from '../old-cache/layout-template.ts';
import {
  type FileFacts,
  type FilePlace,
  PLAN_VERSION,
  type PlanHeader,
  type PlanTotals,
  type PlannedFile,
} from '../contract/migration-plan.ts';
import { MigratorError, isMigratorError } from '../contract/migrator-error.ts';
import { type Evidence, INDEX_NAMES, findIndexes } from '../old-cache/old-index.ts';
import { asideFolder, journalPath } from '../ledger/places.ts';
import { pathOf } from '../new-cache/compare-rows.ts';
import { openPlan } from '../plan/open-plan.ts';
import { PlanWriter, isTemporaryPlan } from '../plan/plan-writer.ts';
import { CacheHints } from '../old-cache/cache-hints.ts';
import { assertByDay } from './assert-by-day.ts';
import { readMigration } from './open-migration.ts';
import { readSource } from '../old-cache/read-source.ts';
import { type FoundEntry, scanLegacy } from '../disk/scan-tree.ts';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import { stage } from '../new-cache/stage-file.ts';
import { Roots } from '../new-cache/trees.ts';
import { throwIfAborted } from '../disk/yield-to-event-loop.ts';
import type { Progress } from '../contract/progress.ts';

export interface PlanOptions {
  /** Root of the old cache. */
  readonly from: string;
  /** Root of the new one; may be the same, and need not exist. */
  readonly to: string;
  /** Where the plan is written. */
  readonly out: string;
  /** The market of files whose path names none. @default 'spot', and the report says that it was assumed */
  readonly market?: 'spot' | 'um' | 'cm' | undefined;
  /** How a customised old tree names its files. @default the layouts that the old project wrote */
  readonly layout?: string | undefined;
  /** `all` reads every file whole, `heads` its head and foot. @default 'heads' */
  readonly read?: 'heads' | 'all' | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: Progress | undefined;
}

export interface PlanResult {
  readonly id: string;
  readonly header: PlanHeader;
  readonly totals: PlanTotals['totals'];
}

type Totals = { -readonly [Name in keyof PlanTotals['totals']]: PlanTotals['totals'][Name] };

/**
 * Scans an old cache and writes down what is to become of every file in it. Changes nothing but the plan.
 * @throws {MigratorError} `E_USAGE` if the roots or options cannot be meant so, `E_STATE` if the plan at `out` has
 * been applied and would be lost.
 */
export function plan({ from, to, out, market, layout, read = 'heads', signal, progress }: PlanOptions): PlanResult {
  if (!existsSync(from) || !statSync(from).isDirectory()) {
    throw new MigratorError('E_USAGE', `--from ${escapeTerminal(from)} is not a folder.`, { option: '--from' });
  }
  const template = layout === undefined ? undefined : parseTemplate(layout);
  const header: PlanHeader = {
    plan: 'vision-cache-migration',
    version: PLAN_VERSION,
    from: realpathSync(from),
    to: realFolder(to),
    market: market ?? 'spot',
    marketGiven: market !== undefined,
    layout: layout ?? null,
    deep: read === 'all',
  };
  assertByDay(header.to);
  const outPath = resolve(out);
  assertReplaceable(outPath);
  const writer = new PlanWriter(outPath);
  try {
    const totals = write(writer, header, outPath, template, { signal, progress });
    const isTaken = (id: string) => [journalPath, asideFolder].some((path) => existsSync(path({ header, id })));
    const id = writer.finish(totals, isTaken);
    return { id, header, totals };
  } catch (error) {
    writer.discard();
    throw error;
  }
}

const emptyTotals = (): Totals => ({
  files: 0, bytes: 0, needed: 0, migrate: 0, refuse: 0, skip: 0, left: 0, indexes: 0, sealed: 0, byGeneration: {}, byReason: {},
}); // prettier-ignore

/** The real path of a folder that may not exist yet. */
function realFolder(path: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) {
    if (statSync(absolute).isDirectory()) return realpathSync(absolute);
    throw new MigratorError('E_USAGE', `--to ${escapeTerminal(path)} is not a folder.`, { option: '--to' });
  }
  return join(realFolder(dirname(absolute)), absolute.slice(dirname(absolute).length).replace(/^[/\\]/, ''));
}

/** A plan that has been applied is needed for rollback and finish: a new one must not take its place. */
function assertReplaceable(path: string): void {
  if (!existsSync(dirname(path)))
    throw new MigratorError('E_USAGE', `--out ${escapeTerminal(path)} is in a folder that does not exist.`, {
      option: '--out',
    });
  if (!existsSync(path)) return;
  if (!statSync(path).isFile())
    throw new MigratorError('E_USAGE', `--out ${escapeTerminal(path)} exists and is not a plan.`, { option: '--out' });
  let state: string;
  try {
    ({ state } = readMigration(openPlan(path)));
  } catch (error) {
    if (!isMigratorError(error) || error.code !== 'E_PLAN') throw error;
    const message = `--out ${escapeTerminal(path)} exists and is not a plan, or a damaged one: move it away first.`;
    throw new MigratorError('E_USAGE', message, { option: '--out' });
  }
  if (state === 'applying' || state === 'applied' || state === 'rolling-back') {
    const message = `The plan ${escapeTerminal(path)} is being applied; finish it, roll it back, or give another --out.`;
    throw new MigratorError('E_STATE', message, { state });
  }
}

function write(
  writer: PlanWriter,
  header: PlanHeader,
  out: string,
  template: ReturnType<typeof parseTemplate> | undefined,
  { signal, progress }: Pick<PlanOptions, 'signal' | 'progress'>,
): Totals {
  const totals = emptyTotals();
  const { evidence, indexes } = findIndexes(header.from);
  const known = new Set(indexes.map(({ path }) => path));
  writer.add(header);
  for (const { path: index, entries, present, checksums } of indexes) {
    writer.add({ index, entries, present, checksums });
    totals.indexes += 1;
  }
  const count = (in_: Readonly<Record<string, number>>, name: string) =>
    ((in_ as Record<string, number>)[name] = (in_[name] ?? 0) + 1);

  const folder = new FolderMemo((path) => pathFacts(path, template));
  const root = `${header.from}${sep}`;
  const within = header.to.startsWith(root) ? `${header.to.slice(root.length).replaceAll(sep, '/')}/` : undefined;
  const look: Look = { header, root, within, evidence, folder, facts: new FactsMemo(header) };
  const hints = new CacheHints();
  for (const found of scanLegacy(header.from)) {
    throwIfAborted(signal, 'plan');
    if (known.has(found.path)) continue;
    const line = lineOf(look, found);
    if (line === 'sealed') {
      totals.sealed += 1;
    } else if ('left' in line) {
      if (isPlan(look.root + line.left, out)) continue;
      writer.add(line);
      hints.add(line.left);
      totals.left += 1;
    } else {
      const { place, facts } = line;
      if (line.whole === undefined) writer.addFile(place, facts);
      else writer.add(line.whole);
      totals.files += 1;
      totals.bytes += place.size;
      totals[facts.fate] += 1;
      if (facts.fate === 'migrate')
        totals.needed += Math.ceil(place.size * (GROWTH[facts.container] ?? 1.1)) + OVERHEAD;
      count(totals.byGeneration, facts.generations.length === 0 ? 'layout' : facts.generations.join('/'));
      if (facts.fate === 'refuse') count(totals.byReason, facts.reason ?? 'unknown');
      progress?.advance(1, place.size);
    }
  }
  return { ...totals, ...hints.found() };
}

const isPlan = (path: string, out: string): boolean => path === out || isTemporaryPlan(path, out);

/** What is needed to look at each file. */
interface Look {
  readonly header: PlanHeader;
  /** The old root, with what goes between it and a path. */
  readonly root: string;
  /** Where the new root lies below the old one, with a `/` behind; old files may lie in it too. */
  readonly within: string | undefined;
  readonly evidence: ReadonlyMap<string, Evidence>;
  readonly folder: FolderMemo;
  readonly facts: FactsMemo;
}

interface FoundFile {
  readonly place: FilePlace;
  readonly facts: FileFacts;
  /** Its line, where more is known of it. */
  readonly whole?: PlannedFile;
}

function lineOf(
  { header, root, within, evidence, folder, facts: memo }: Look,
  { path, kind }: FoundEntry,
): FoundFile | { left: string; why: string } | 'sealed' {
  if (kind === 'link') return { left: path, why: 'a symbolic link, which is not followed' };
  if (kind === 'other') return { left: path, why: 'not a file' };
  if (kind === 'unreadable') return { left: path, why: 'a folder that cannot be listed' };
  if (within !== undefined && path.startsWith(within) && isHome(path.slice(within.length))) {
    return isSealed(root + path) ? 'sealed' : { left: path, why: STANDS_IN_NEW };
  }
  const { facts: named, date = null } = folder.read(path);
  if (!named.known) return { left: path, why: isIndexName(path) ? UNREAD_INDEX : named.why };
  let inspected;
  try {
    inspected = inspectFile(root + path, named.generations.includes('N'));
  } catch (error) {
    const reason = `unreadable-${(error as { code?: string }).code ?? 'file'}`;
    const verdict = { container: 'unknown', fate: 'refuse', sure: 'certain', reason } as const;
    return { place: { file: path, size: 0, changed: 0, date }, facts: { ...verdict, ...nameFacts(header, named) } };
  }
  const { size, changed, container } = inspected;
  if (container === 'sealed' && header.from === header.to && isHome(path)) return 'sealed';
  const place = { file: path, size, changed, date };
  const facts = memo.read(named, inspected);
  const recorded = evidence.get(path);
  const isDeep = header.deep && facts.fate === 'migrate' && container !== 'sealed';
  if (recorded?.sha256 === undefined && recorded?.rows === undefined && !isDeep) return { place, facts };
  const line: PlannedFile = {
    ...place,
    ...facts,
    ...(recorded?.sha256 === undefined ? {} : { sha256: recorded.sha256 }),
    ...(recorded?.rows === undefined ? {} : { rows: recorded.rows }),
  };
  const whole = isDeep ? readDeep(header, line) : line;
  return { place, facts: whole, whole };
}

const STANDS_IN_NEW = 'it is at its new place without a seal: plan with the new root as --from to seal it';

function isSealed(path: string): boolean {
  try {
    return inspectFile(path, true).container === 'sealed';
  } catch {
    return false;
  }
}

const isIndexName = (path: string): boolean => INDEX_NAMES.has(path.slice(path.lastIndexOf('/') + 1));
const UNREAD_INDEX = 'an old index that could not be read, or is nested too deep: its checksums are not used';

/** A row takes 88 bytes in the new form; in snappy or LZ4 it took 40 to 80. */
const GROWTH: Readonly<Record<string, number>> = { parquet: 2.2 };
/** What an entry takes besides its rows. */
const OVERHEAD = 4096;

/** What reading the whole file adds: it is certain then. */
function readDeep(header: PlanHeader, line: PlannedFile): PlannedFile {
  try {
    const source = readSource(header.from, line);
    if (!source.ok) return { ...line, fate: 'refuse', sure: 'certain', reason: source.reason, rows: source.rowsIn };
    const found = {
      ...line,
      sure: 'certain',
      intervals: source.interval === undefined ? [] : [source.interval],
      rows: source.rowsIn,
    } as const;
    const staged = stage(new Roots(header), found, { source, notes: [] });
    const targets = source.targets.map(pathOf);
    if ('fate' in staged) return { ...found, fate: 'refuse', reason: staged.reason ?? 'conflict', targets };
    return staged.length === 0 ? { ...found, fate: 'skip', targets } : { ...found, targets };
  } catch (error) {
    const reason = `unreadable-${(error as { code?: string }).code ?? 'file'}`;
    return { ...line, fate: 'refuse', sure: 'certain', reason };
  }
}
