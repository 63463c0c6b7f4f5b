import { sep } from 'node:path';
import { GroupBytes } from '../disk/group-bytes.ts';
import {
  type GroupItem,
  type OpenedItem,
  type ReadItem,
  openItem,
  readItem,
  readOpened,
} from '../new-cache/read-item.ts';
import { DecodeAhead } from '../old-cache/decode-ahead.ts';
import type { ApplyContext } from './apply-context.ts';

/** Bytes of old files that are handled together; a larger file is a group of its own. */
export const GROUP_BYTES = 32 * 1024 * 1024;

/** A group of files, and how the rows of each come: in their order, when they are asked for. */
export interface ReadGroup {
  readonly items: readonly GroupItem[];
  /** In bytes, for the progress. */
  readonly bytes: number;
  readonly read: (place: number) => ReadItem | Promise<ReadItem>;
}

/**
 * Reads the old files of one group after the other. Of many files, the next group is read while the one before is written:
 * its bytes by this thread, its rows by another. Where the two roots have a part in common, what is written may stand where
 * an old file did, and each file is read when it is its turn.
 */
export class ReadAhead {
  private readonly context: ApplyContext;
  private readonly other: DecodeAhead | undefined;
  /** Where the bytes of the group at hand stand, and those of the next one. */
  private readonly memory: GroupBytes[];
  private groups = 0;

  constructor(context: ApplyContext) {
    this.context = context;
    const { header, totals } = context.plan;
    const areApart = !isBelow(header.from, header.to) && !isBelow(header.to, header.from);
    this.other = areApart ? DecodeAhead.for(totals.files) : undefined;
    this.memory = Array.from({ length: this.other === undefined ? 1 : 2 }, () => new GroupBytes(GROUP_BYTES));
  }

  /** Whether a group may be opened before the one before it was written. */
  get isAhead(): boolean {
    return this.other !== undefined;
  }

  /** Begins with a group; the group before the last one is forgotten. */
  open(items: readonly GroupItem[], bytes: number): ReadGroup {
    const { other } = this;
    const readOld = this.memory[this.groups++ % this.memory.length]!;
    readOld.clear();
    const { trees, intents, replaced } = this.context;
    trees.forget();
    const context = { trees, intents, replaced, readOld };
    if (other === undefined) return { items, bytes, read: (place) => readItem(context, items[place]!) };
    const opened = items.map((item) => openItem(context, item));
    const jobs = opened.filter((each) => isShared(each));
    const answers = other.decode(jobs.map(({ bytes: shared, file: planned }) => ({ bytes: shared, planned })));
    const places = new Map(jobs.map((job, place) => [job, place]));
    const read = async (place: number): Promise<ReadItem> => {
      const each = opened[place]!;
      if (each.kind === 'outcome') return each;
      const job = places.get(each);
      return readOpened(each, job === undefined ? undefined : (await answers)[job]);
    };
    return { items, bytes, read };
  }

  async close(): Promise<void> {
    await this.other?.close();
  }
}

/** What is too large for the memory of a group is in memory of its own, which another thread would have to copy. */
const isShared = (item: OpenedItem | ReadItem): item is OpenedItem =>
  item.kind === 'bytes' && item.bytes.buffer instanceof SharedArrayBuffer;

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}${sep}`);
