import type { FileKind, FileStat, FileSystem } from './disk/file-system.ts';

interface Inode {
  readonly ino: number;
  readonly kind: FileKind;
  /** What programs see, and what is on the disk. */
  bytes: Uint8Array;
  synced: Uint8Array;
  /** Names that programs see, and those that are on the disk, of a folder. */
  names: Map<string, Inode>;
  syncedNames: Map<string, Inode>;
  mtimeMs: number;
}

/** One change of a name that is not on the disk yet. */
interface NameChange {
  readonly folder: Inode;
  readonly name: string;
  readonly inode: Inode | undefined;
}

export interface Failure {
  /** Which call fails, counted from 1 among all calls that can. */
  readonly at: number;
  readonly code: string;
  readonly errno?: number;
  /** A write that gets this far before it fails. */
  readonly after?: number;
}

/** What a call throws when the machine stops there. */
class PowerCut extends Error {}

/**
 * A file system in memory that knows what would survive a power cut: contents of files that were synced, and names of
 * folders that were. What was not synced may be there or not, in any combination.
 */
export class MemoryFileSystem implements FileSystem {
  calls = 0;
  failure: Failure | undefined;
  /** The machine stops before this call. */
  stopAt = Infinity;
  readonly operations: string[] = [];
  #root: Inode;
  #inodes = 1;
  readonly #open = new Map<number, Inode>();
  #files = 3;
  #pending: NameChange[] = [];
  #clock = 1_700_000_000_000;

  constructor(root?: Inode) {
    this.#root = root ?? this.#inode('folder');
  }

  get openFiles(): number {
    return this.#open.size;
  }

  #inode(kind: FileKind): Inode {
    const empty = new Uint8Array(0);
    return { ino: this.#inodes++, kind, bytes: empty, synced: empty, names: new Map(), syncedNames: new Map(), mtimeMs: this.#clock++ }; // prettier-ignore
  }

  #call(operation: string, path: string): void {
    this.calls++;
    this.operations.push(`${operation} ${path}`);
    if (this.calls >= this.stopAt) throw new PowerCut();
    if (this.failure?.at === this.calls && this.failure.after === undefined) throw this.#error(operation);
  }

  #error(operation: string): Error {
    const { code, errno } = this.failure!;
    return Object.assign(new Error(`${code}: injected, ${operation}`), { code, errno });
  }

  #fail(code: string, path: string): never {
    throw Object.assign(new Error(`${code}: ${path}`), { code });
  }

  #find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.#root;
    for (const part of path.split('/').filter(Boolean)) {
      if (inode !== undefined && inode.kind !== 'folder') return this.#fail('ENOTDIR', path);
      inode = inode?.names.get(part);
    }
    return inode;
  }

  #parent(path: string): { folder: Inode; name: string } {
    const at = path.lastIndexOf('/');
    const folder = this.#find(path.slice(0, at));
    if (folder === undefined) return this.#fail('ENOENT', path);
    return { folder, name: path.slice(at + 1) };
  }

  #change(folder: Inode, name: string, inode: Inode | undefined): void {
    if (inode === undefined) folder.names.delete(name);
    else folder.names.set(name, inode);
    this.#pending.push({ folder, name, inode });
  }

  open(path: string, how: 'read' | 'create' | 'folder'): number {
    this.#call('open', path);
    let inode = this.#find(path);
    if (how === 'create') {
      const { folder, name } = this.#parent(path);
      if (inode !== undefined) this.#fail('EEXIST', path);
      inode = this.#inode('file');
      this.#change(folder, name, inode);
    }
    if (inode === undefined) return this.#fail('ENOENT', path);
    this.#open.set(this.#files, inode);
    return this.#files++;
  }

  #opened(file: number): Inode {
    return this.#open.get(file) ?? this.#fail('EBADF', String(file));
  }

  stat(file: number): FileStat {
    this.#call('stat', String(file));
    return statOf(this.#opened(file));
  }

  lstat(path: string): FileStat | undefined {
    this.#call('lstat', path);
    const inode = this.#find(path);
    return inode && statOf(inode);
  }

  read(file: number, into: readonly Uint8Array[], position: number): number {
    this.#call('read', String(file));
    const { bytes } = this.#opened(file);
    let at = position;
    for (const buffer of into) {
      const part = bytes.subarray(at, at + buffer.length);
      buffer.set(part);
      at += part.length;
    }
    return at - position;
  }

  async readAside(file: number, into: readonly Uint8Array[], position: number): Promise<number> {
    return this.read(file, into, position);
  }

  write(file: number, bytes: readonly Uint8Array[], position: number): number {
    this.#call('write', String(file));
    const inode = this.#opened(file);
    const all = Buffer.concat(bytes);
    const limit = this.failure !== undefined && this.calls >= this.failure.at ? this.failure.after : undefined;
    if (limit !== undefined && this.calls > this.failure!.at) throw this.#error('write');
    const part = all.subarray(0, limit ?? all.length);
    const grown = new Uint8Array(Math.max(inode.bytes.length, position + part.length));
    grown.set(inode.bytes);
    grown.set(part, position);
    inode.bytes = grown;
    inode.mtimeMs = this.#clock++;
    return part.length;
  }

  async sync(file: number): Promise<void> {
    this.#call('sync', String(file));
    const inode = this.#opened(file);
    inode.synced = inode.bytes;
    inode.syncedNames = new Map(inode.names);
    this.#pending = this.#pending.filter(({ folder }) => folder !== inode);
  }

  close(file: number): void {
    this.#opened(file);
    this.#open.delete(file);
    this.#call('close', String(file));
  }

  rename(from: string, to: string): void {
    this.#call('rename', `${from} ${to}`);
    const source = this.#parent(from);
    const inode = source.folder.names.get(source.name) ?? this.#fail('ENOENT', from);
    const target = this.#parent(to);
    this.#change(target.folder, target.name, inode);
    this.#change(source.folder, source.name, undefined);
  }

  link(from: string, to: string): void {
    this.#call('link', `${from} ${to}`);
    const inode = this.#find(from) ?? this.#fail('ENOENT', from);
    const { folder, name } = this.#parent(to);
    if (folder.names.has(name)) this.#fail('EEXIST', to);
    this.#change(folder, name, inode);
  }

  unlink(path: string): void {
    this.#call('unlink', path);
    const { folder, name } = this.#parent(path);
    if (!folder.names.has(name)) this.#fail('ENOENT', path);
    this.#change(folder, name, undefined);
  }

  makeFolder(path: string): void {
    this.#call('mkdir', path);
    const { folder, name } = this.#parent(path);
    if (folder.names.has(name)) this.#fail('EEXIST', path);
    this.#change(folder, name, this.#inode('folder'));
  }

  list(path: string): readonly { name: string; kind: FileKind }[] {
    this.#call('list', path);
    const inode = this.#find(path) ?? this.#fail('ENOENT', path);
    return [...inode.names].map(([name, { kind }]) => ({ name, kind }));
  }

  touch(path: string, now: Date): void {
    this.#call('touch', path);
    const inode = this.#find(path);
    if (inode !== undefined) inode.mtimeMs = now.getTime();
  }

  free(): number {
    return 4096;
  }

  /** Somebody else removes a folder with all that is in it, and that is on the disk. */
  removeForGood(path: string): void {
    const { folder, name } = this.#parent(path);
    folder.names.delete(name);
    folder.syncedNames.delete(name);
  }

  /** Every file with its bytes. */
  files(): Map<string, Uint8Array> {
    const found = new Map<string, Uint8Array>();
    const walk = (inode: Inode, path: string): void => {
      for (const [name, child] of inode.names) {
        if (child.kind === 'folder') walk(child, `${path}/${name}`);
        else found.set(`${path}/${name}`, child.bytes);
      }
    };
    walk(this.#root, '');
    return found;
  }

  /** Another disk with the same files, all on it: the state from which a test starts. */
  static with(files: ReadonlyMap<string, Uint8Array>): MemoryFileSystem {
    const fresh = new MemoryFileSystem();
    for (const [path, bytes] of files) {
      const parts = path.split('/').filter(Boolean);
      let folder = fresh.#root;
      parts.forEach((name, depth) => {
        let inode = folder.names.get(name);
        if (inode === undefined) {
          inode = fresh.#inode(depth === parts.length - 1 ? 'file' : 'folder');
          folder.names.set(name, inode);
          folder.syncedNames.set(name, inode);
        }
        if (depth === parts.length - 1) inode.bytes = inode.synced = bytes;
        folder = inode;
      });
    }
    return fresh;
  }

  /**
   * The disks that a power cut now can leave behind. Names: those that were synced, and of the changes since any prefix
   * (an ordered journal) or each one alone (no order at all). Contents of unsynced files: all, none, or the first half.
   */
  *afterPowerCut(): Generator<MemoryFileSystem> {
    const pending = this.#pending;
    const choices: NameChange[][] = [];
    for (let count = 0; count <= pending.length; count++) choices.push(pending.slice(0, count));
    for (const one of pending) choices.push([one]);
    for (let skipped = 0; skipped < pending.length; skipped++) choices.push(pending.filter((_, at) => at !== skipped));
    for (const changes of choices) {
      for (const contents of ['all', 'none', 'half'] as const) yield this.#crashed(changes, contents);
    }
  }

  #crashed(changes: readonly NameChange[], contents: 'all' | 'none' | 'half'): MemoryFileSystem {
    const files = new Map<string, Uint8Array>();
    const walk = (folder: Inode, path: string): void => {
      const names = new Map(folder.syncedNames);
      for (const change of changes) {
        if (change.folder !== folder) continue;
        if (change.inode === undefined) names.delete(change.name);
        else names.set(change.name, change.inode);
      }
      for (const [name, inode] of names) {
        if (inode.kind === 'folder') walk(inode, `${path}/${name}`);
        else files.set(`${path}/${name}`, survives(inode, contents));
      }
    };
    walk(this.#root, '');
    return MemoryFileSystem.with(files);
  }
}

function survives({ bytes, synced }: Inode, contents: 'all' | 'none' | 'half'): Uint8Array {
  if (bytes === synced || contents === 'all') return bytes;
  if (contents === 'none') return synced;
  const half = bytes.slice();
  half.fill(0, bytes.length >> 1);
  return half;
}

function statOf({ kind, bytes, ino, mtimeMs }: Inode): FileStat {
  return { kind, size: bytes.length, dev: 1, ino, mtimeMs, ctimeMs: mtimeMs };
}
