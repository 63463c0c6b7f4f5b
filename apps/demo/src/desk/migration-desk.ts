import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HIDDEN_FOLDER } from '@vision-cache/arrow-store';
import type { MigrationItem, MigrationStep, MigrationView } from '../contract/api.ts';
import type {
  MigratorFile,
  MigratorOutcome,
  MigratorPort,
  MigratorProgress,
  MigratorRollback,
  MigratorVerification,
} from '../contract/migrator-port.ts';
import type { RowsOf } from '../sample-cache/write-old-cache.ts';
import type { EventHub } from '../server/event-hub.ts';
import { RefusedError, sentenceOf } from '../server/refused.ts';

export interface MigrationDeskParts {
  readonly migrator: MigratorPort;
  /** The old cache and the new one lie in the same folder, as the roadmap's do. */
  readonly root: string;
  readonly hub: EventHub;
  /** Where the rows of a sample come from; without it there is no sample. */
  readonly archive?: RowsOf | undefined;
}

const GENERATION_UNKNOWN = 'other';

/** Migrates the old cache in a folder, step by step, one step at a time. */
export class MigrationDesk {
  readonly #parts: MigrationDeskParts;
  readonly #plan: string;
  #state: MigrationView['state'] = 'planned';
  #busy = false;

  constructor(parts: MigrationDeskParts) {
    this.#parts = parts;
    // In the cache's hidden folder: what belongs to the machinery stands nowhere else.
    this.#plan = join(parts.root, HIDDEN_FOLDER, 'demo-migration.jsonl');
  }

  async run(step: MigrationStep): Promise<MigrationView> {
    if (this.#busy) throw new RefusedError('E_BUSY', 'A step of the migration is running; wait for it.', 409);
    this.#busy = true;
    const { hub } = this.#parts;
    let total = 0;
    let done = 0;
    const tell = (state: 'running' | 'done' | 'failed', sentence?: string): void =>
      hub.tell({ type: 'migration', step, state, done, total, ...(sentence === undefined ? {} : { sentence }) });
    const progress: MigratorProgress = {
      start: (files) => {
        total = files ?? 0;
        tell('running');
      },
      advance: (files) => {
        done += files;
        tell('running');
      },
      stop: () => undefined,
    };
    try {
      const view = await this.#step(step, progress);
      tell('done');
      return view;
    } catch (error) {
      tell('failed', sentenceOf(error));
      throw error;
    } finally {
      this.#busy = false;
      if (step !== 'plan' && step !== 'verify') hub.tell({ type: 'changed' });
    }
  }

  async #step(step: MigrationStep, progress: MigratorProgress): Promise<MigrationView> {
    const { migrator } = this.#parts;
    const plan = this.#plan;
    switch (step) {
      case 'sample':
        await this.#writeSample();
        return this.#planned(progress);
      case 'plan':
        return this.#planned(progress);
      case 'apply': {
        const { success, failed, skipped, rows } = await migrator.apply({ plan, progress });
        this.#state = 'applied';
        return this.#applied([
          `success ${String(success)}, failed ${String(failed)}, skipped ${String(skipped)}.`,
          `${rows.in.toLocaleString('en')} rows read, ${rows.out.toLocaleString('en')} kept, ${rows.duplicates.toLocaleString('en')} were there twice, ${rows.refused.toLocaleString('en')} refused.`,
        ]);
      }
      case 'verify':
        return this.#applied(verifiedSentences(await migrator.verify({ plan, progress })));
      case 'rollback':
        return this.#rolledBack(await migrator.rollback({ plan }), progress);
    }
  }

  async #writeSample(): Promise<void> {
    const { archive, root, migrator } = this.#parts;
    if (archive === undefined)
      throw new RefusedError('E_NO_SAMPLE', 'A sample is never written into your own cache.', 409);
    if (this.#state === 'applied') await migrator.rollback({ plan: this.#plan });
    this.#state = 'planned';
    await rm(this.#plan, { force: true });
    const { writeOldCache } = await import('../sample-cache/write-old-cache.ts');
    await writeOldCache(root, archive);
  }

  async #rolledBack({ takenBack, findings }: MigratorRollback, progress: MigratorProgress): Promise<MigrationView> {
    this.#state = 'rolled-back';
    await rm(this.#plan, { force: true });
    const kept = findings.map(({ path, found }) => `${path}: ${found}.`);
    return this.#planned(progress, [
      `${takenBack.toLocaleString('en')} entries are taken back; the old cache is as it was, byte for byte.`,
      ...kept,
    ]);
  }

  async #planned(progress: MigratorProgress, said: readonly string[] = []): Promise<MigrationView> {
    const { migrator, archive, root } = this.#parts;
    if (this.#state === 'applied') {
      return this.#applied(['This plan has been applied. Roll it back to plan anew.']);
    }
    await mkdir(join(root, HIDDEN_FOLDER), { recursive: true });
    await migrator.plan({
      from: root,
      to: root,
      out: this.#plan,
      progress,
      read: archive === undefined ? 'heads' : 'all',
    });
    const items: MigrationItem[] = [];
    for (const line of migrator.planLines(this.#plan)) {
      if ('file' in line) items.push(plannedItem(line));
      else if ('left' in line) items.push(leftItem(line.left, line.why));
    }
    const files = items.filter(({ action }) => action !== 'left alone').length;
    return this.#view(items, [
      ...said,
      files === 0 ? 'There is no old cache file here.' : `${String(files)} old files. Nothing has been changed yet.`,
    ]);
  }

  #applied(sentences: readonly string[]): MigrationView {
    const { migrator } = this.#parts;
    const plan = migrator.openPlan(this.#plan);
    const items = Array.from(migrator.outcomes(plan), ({ file, outcome }) => appliedItem(file, outcome));
    const left = Array.from(migrator.leftAlone(plan), ({ path, why }) => leftItem(path, why));
    return this.#view([...items, ...left], sentences);
  }

  #view(items: readonly MigrationItem[], sentences: readonly string[]): MigrationView {
    const counts: Record<string, number> = {};
    for (const { action } of items) counts[action] = (counts[action] ?? 0) + 1;
    const { root } = this.#parts;
    return {
      oldRoot: root,
      newRoot: root,
      state: this.#state,
      items: [...items].sort(byGeneration),
      counts,
      sentences,
    };
  }
}

const leftItem = (from: string, reason: string): MigrationItem => ({
  from,
  to: [],
  action: 'left alone',
  reason,
  generation: GENERATION_UNKNOWN,
});

/** The roadmap's old layout first, then the generations in their order, and last what is none. */
const byGeneration = (a: MigrationItem, b: MigrationItem): number =>
  rank(a) - rank(b) || a.generation.localeCompare(b.generation, 'en', { numeric: true });
const rank = ({ generation }: MigrationItem): number =>
  generation === 'S' ? 0 : generation === GENERATION_UNKNOWN ? 2 : 1;

function plannedItem({ file, generations, container, fate, sure, reason, rows, targets }: MigratorFile): MigrationItem {
  const why = [
    container,
    rows === undefined ? undefined : `${rows.toLocaleString('en')} rows`,
    reason?.replaceAll('-', ' '),
    sure === 'by-content' && reason === undefined ? 'the rows decide' : undefined,
  ];
  return {
    from: file,
    to: targets ?? [],
    action: fate,
    reason: why.filter((part) => part !== undefined).join(', '),
    generation: generations.length === 0 ? GENERATION_UNKNOWN : generations.join('/'),
  };
}

function appliedItem(
  { file, generations }: MigratorFile,
  { fate, flags, reason, message, rowsIn, rowsOut, targets }: MigratorOutcome,
): MigrationItem {
  const why =
    message ??
    [
      `${rowsOut.toLocaleString('en')} of ${rowsIn.toLocaleString('en')} rows`,
      ...flags,
      ...(reason === undefined ? [] : [reason]),
    ].join(', ');
  return {
    from: file,
    to: targets.map(({ path }) => path),
    action: fate,
    reason: why,
    generation: generations.length === 0 ? GENERATION_UNKNOWN : generations.join('/'),
  };
}

function verifiedSentences({ success, failed, skipped, rows, findings }: MigratorVerification): string[] {
  return [
    `Verified: success ${String(success)}, failed ${String(failed)}, skipped ${String(skipped)}; ${rows.toLocaleString('en')} rows compared with the old files.`,
    ...findings.slice(0, 5).map(({ file, found }) => `${file}: ${found}.`),
  ];
}
