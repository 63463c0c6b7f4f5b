import { excerpt, quote, VisionClientError } from '../contract/errors.ts';

/** One member of an archive, as its directory and its own header agree. */
export interface ZipMember {
  readonly name: string;
  readonly isStored: boolean;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Offset of its compressed data. */
  readonly start: number;
}

export interface FoundMember extends ZipMember {
  /** Members beside it; always 0 where none are let pass. */
  readonly otherMembers: number;
}

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_HEADER = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const DIRECTORY_END_64 = 0x06064b50;
const DIRECTORY_LOCATOR_64 = 0x07064b50;
const DESCRIPTOR = 0x08074b50;
const DIRECTORY_END_SIZE = 22;
const LONGEST_COMMENT = 65_535;
const MOST_MEMBERS = 64;
const NEEDS_64 = 0xffffffff;

const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const HAS_DESCRIPTOR = 0x0008;
/** How hard the data was compressed, a descriptor behind it, a name in UTF-8: what says nothing of how to read it. */
const KNOWN_FLAGS = 0x0002 | 0x0004 | HAS_DESCRIPTOR | 0x0800;

/** S_IFMT and S_IFREG. */
const KIND_OF_FILE = 0o170000;
const PLAIN_FILE = 0o100000;

const textDecoder = new TextDecoder();

interface DirectoryEntry extends Omit<ZipMember, 'start'> {
  readonly nameBytes: Uint8Array;
  readonly flags: number;
  readonly method: number;
  readonly headerOffset: number;
  readonly end: number;
}

/**
 * Finds the one member that an archive of Vision holds, and lets nothing pass that such an archive does not have:
 * a second member, another name, a byte before, between or behind the parts, a header that contradicts the directory.
 * @param lenient lets further members pass, as some official archives have them, and takes the named one
 * @throws {VisionClientError} an `E_ZIP_` code
 */
export function findMember(bytes: Uint8Array, expectedName: string, lenient: boolean): FoundMember {
  return new ZipReader({ head: bytes, tail: new Uint8Array(0), length: bytes.length }, expectedName).find(lenient);
}

/** An archive of which the compressed data in the middle is not at hand. */
export interface ArchiveEnds {
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  /** Of the whole archive. */
  readonly length: number;
}

/** As `findMember`, of an archive whose data has passed already: all but the data itself is checked alike. */
export function findMemberOfEnds(ends: ArchiveEnds, expectedName: string): FoundMember {
  return new ZipReader(ends, expectedName).find(false);
}

/**
 * The member whose header stands at the beginning of these bytes, before the archive's directory is known.
 * @returns `more` where the header is not whole, undefined where its sizes stand only behind its data
 */
export function leadingMember(head: Uint8Array, expectedName: string): ZipMember | 'more' | undefined {
  if (head.length < 30) return 'more';
  return new ZipReader({ head, tail: new Uint8Array(0), length: head.length }, expectedName).leading();
}

class ZipReader {
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;
  readonly #headView: DataView;
  readonly #tailView: DataView;
  readonly #tailStart: number;
  readonly #length: number;
  readonly #name: string;

  constructor({ head, tail, length }: ArchiveEnds, name: string) {
    this.#head = head;
    this.#tail = tail;
    this.#headView = new DataView(head.buffer, head.byteOffset, head.length);
    this.#tailView = new DataView(tail.buffer, tail.byteOffset, tail.length);
    this.#tailStart = length - tail.length;
    this.#length = length;
    this.#name = name;
  }

  find(lenient: boolean): FoundMember {
    const first = this.#length >= 4 ? this.#u32(0) : 0;
    if (first !== LOCAL_HEADER && first !== DIRECTORY_END) {
      const received = excerpt(this.#head);
      const message = `${this.#name}: this is not a zip archive; it begins ${quote(received)}.`;
      throw new VisionClientError('E_ZIP_NOT_A_ZIP', message, { name: this.#name, received });
    }
    const directory = this.#directory(lenient);
    const { entries } = directory;
    if (entries === 0 || (!lenient && entries !== 1) || entries > MOST_MEMBERS) {
      throw new VisionClientError(
        'E_ZIP_ENTRIES',
        `${this.#name}: the archive has ${entries} members; one is expected.`,
        {
          name: this.#name,
          entries,
        },
      );
    }
    const members: DirectoryEntry[] = [];
    let { start: at } = directory;
    while (members.length < entries) {
      const member = this.#directoryEntry(at, directory.end);
      members.push(member);
      at = member.end;
    }
    if (at !== directory.end) this.#refuse('its directory is not as long as it says');
    const named = members.filter(({ name }) => name === this.#name);
    if (named.length !== 1) {
      const received = members
        .map(({ name }) => name)
        .join(', ')
        .slice(0, 200);
      const message = `${this.#name}: the archive's member is called ${quote(received)}.`;
      throw new VisionClientError('E_ZIP_NAME', message, { name: this.#name, expected: this.#name, received });
    }
    const [entry] = named as [DirectoryEntry];
    const others = members.filter((each) => each !== entry);
    const next = Math.min(
      directory.start,
      ...others.map((each) => each.headerOffset).filter((at) => at > entry.headerOffset),
    );
    if (!lenient && entry.headerOffset !== 0) this.#refuse('its member is not at its beginning');
    return { ...this.#member(entry, next, lenient), otherMembers: others.length };
  }

  /** As `leadingMember`. */
  leading(): ZipMember | 'more' | undefined {
    if (this.#u32(0) !== LOCAL_HEADER) this.find(false);
    const nameEnd = 30 + this.#u16(26);
    const start = nameEnd + this.#u16(28);
    if (this.#length < start) return 'more';
    const [flags, method] = [this.#u16(6), this.#u16(8)];
    const name = textDecoder.decode(this.#part(30, nameEnd));
    if (flags & HAS_DESCRIPTOR || (method !== 0 && method !== 8) || name !== this.#name) return undefined;
    const [size, compressedSize] = this.#localSizes(0, nameEnd, start);
    return { name, isStored: method === 0, crc32: this.#u32(14), compressedSize, size, start };
  }

  /** Where the directory stands. It ends where the archive does, less a comment that only the lenient mode allows. */
  #directory(lenient: boolean): { start: number; end: number; entries: number } {
    const at = this.#directoryEnd(lenient);
    const [disk, directoryDisk, onDisk, inAll] = [4, 6, 8, 10].map((field) => this.#u16(at + field)) as [
      number,
      number,
      number,
      number,
    ];
    const size = this.#u32(at + 12);
    const start = this.#u32(at + 16);
    const locator = at - 20;
    const has64 = locator >= 0 && this.#u32(locator) === DIRECTORY_LOCATOR_64;
    if (!has64) {
      if (inAll === 0xffff || start === NEEDS_64 || size === NEEDS_64) this.#refuse('its zip64 directory is not there');
      if (disk !== 0 || directoryDisk !== 0 || onDisk !== inAll) this.#refuse('it is one part of several');
      if (start + size !== at) this.#refuse('its directory is not where it should be');
      return { start, end: at, entries: inAll };
    }
    const end64 = this.#u64(locator + 8);
    if (
      this.#u32(locator + 4) !== 0 ||
      this.#u32(locator + 16) !== 1 ||
      end64 + 56 !== locator ||
      this.#u32(end64) !== DIRECTORY_END_64
    ) {
      this.#refuse('its zip64 directory is not where it should be');
    }
    const [onDisk64, inAll64, size64, start64] = [24, 32, 40, 48].map((field) => this.#u64(end64 + field)) as [
      number,
      number,
      number,
      number,
    ];
    const agrees =
      this.#u64(end64 + 4) === 44 &&
      this.#u32(end64 + 16) === 0 &&
      this.#u32(end64 + 20) === 0 &&
      onDisk64 === inAll64 &&
      (inAll === 0xffff || inAll === inAll64) &&
      (onDisk === 0xffff || onDisk === inAll64) &&
      (size === NEEDS_64 || size === size64) &&
      (start === NEEDS_64 || start === start64) &&
      start64 + size64 === end64;
    if (!agrees) this.#refuse('its two directories contradict each other');
    return { start: start64, end: end64, entries: inAll64 };
  }

  #directoryEnd(lenient: boolean): number {
    const last = this.#length - DIRECTORY_END_SIZE;
    const first = lenient ? Math.max(0, last - LONGEST_COMMENT) : last;
    for (let at = last; at >= Math.max(0, first); at--) {
      if (this.#u32(at) === DIRECTORY_END && at + DIRECTORY_END_SIZE + this.#u16(at + 20) === this.#length) return at;
    }
    return this.#refuse('its end is missing, or something follows it');
  }

  #directoryEntry(at: number, limit: number): DirectoryEntry {
    if (at + 46 > limit || this.#u32(at) !== DIRECTORY_HEADER) this.#refuse('its directory is damaged');
    const nameEnd = at + 46 + this.#u16(at + 28);
    const extraEnd = nameEnd + this.#u16(at + 30);
    const end = extraEnd + this.#u16(at + 32);
    if (end > limit) this.#refuse('its directory is damaged');
    // The mode of a file of Unix: a link or a device is no member of the archive, whatever it is called.
    const kind = (this.#u32(at + 38) >>> 16) & KIND_OF_FILE;
    if (kind !== 0 && kind !== PLAIN_FILE) this.#refuse('its member is not a plain file');
    const nameBytes = this.#part(at + 46, nameEnd);
    const wide = this.#wide(nameEnd, extraEnd, [this.#u32(at + 24), this.#u32(at + 20), this.#u32(at + 42)]);
    const [size, compressedSize, headerOffset] = wide as [number, number, number];
    const method = this.#u16(at + 10);
    return {
      name: textDecoder.decode(nameBytes),
      nameBytes,
      flags: this.#u16(at + 8),
      method,
      isStored: method === 0,
      crc32: this.#u32(at + 16),
      compressedSize,
      size,
      headerOffset,
      end,
    };
  }

  /** Sizes and offsets, of which those that do not fit into 32 bits stand in the extra field. */
  #wide(from: number, to: number, narrow: number[]): number[] {
    if (!narrow.includes(NEEDS_64)) return narrow;
    for (let at = from; at + 4 <= to; at += 4 + this.#u16(at + 2)) {
      if (this.#u16(at) !== 1) continue;
      let field = at + 4;
      const end = field + this.#u16(at + 2);
      if (end > to) break;
      return narrow.map((value) => {
        if (value !== NEEDS_64) return value;
        if (field + 8 > end) this.#refuse('its zip64 sizes are not there');
        field += 8;
        return this.#u64(field - 8);
      });
    }
    return this.#refuse('its zip64 sizes are not there');
  }

  #localSizes(header: number, extraStart: number, extraEnd: number): [size: number, compressedSize: number] {
    const narrow = [this.#u32(header + 22), this.#u32(header + 18)];
    return this.#wide(extraStart, extraEnd, narrow) as [number, number];
  }

  /** The member's own header, which must say what the directory says; and what stands between it and the next part. */
  #member(entry: DirectoryEntry, next: number, lenient: boolean): ZipMember {
    const { headerOffset: at, flags, method, nameBytes } = entry;
    if (flags & ENCRYPTED) {
      throw new VisionClientError('E_ZIP_ENCRYPTED', `${this.#name}: the member is encrypted.`, { name: this.#name });
    }
    if (method !== 0 && method !== 8) {
      throw new VisionClientError(
        'E_ZIP_METHOD',
        `${this.#name}: compressed by method ${method}; deflate is expected.`,
        {
          name: this.#name,
          method,
        },
      );
    }
    if (flags & ~KNOWN_FLAGS) this.#refuse(`its member has unknown flags ${flags.toString(2)}`);
    if (at + 30 > next || this.#u32(at) !== LOCAL_HEADER) this.#refuse('its member has no header');
    const nameEnd = at + 30 + this.#u16(at + 26);
    const start = nameEnd + this.#u16(at + 28);
    const hasDescriptor = (flags & HAS_DESCRIPTOR) !== 0;
    if (start > next || this.#u16(at + 6) !== flags || this.#u16(at + 8) !== method)
      this.#refuse('its member and its directory contradict each other');
    const ownName = this.#part(at + 30, nameEnd);
    if (!isSame(ownName, nameBytes)) {
      this.#refuse('its member and its directory give different names');
    }
    const [size, compressedSize] = this.#localSizes(at, nameEnd, start);
    const says = [this.#u32(at + 14), compressedSize, size];
    const expected = [entry.crc32, entry.compressedSize, entry.size];
    const agrees = says.every((value, index) => value === expected[index] || (hasDescriptor && value === 0));
    if (!agrees) this.#refuse('its member and its directory give different sizes or checksums');
    const end = start + entry.compressedSize;
    if (end > next) this.#refuse('its member is longer than the archive');
    if (entry.isStored && entry.size !== entry.compressedSize) this.#refuse('its stored member has two sizes');
    if (hasDescriptor ? !this.#isDescriptor(end, next, expected, lenient) : !lenient && end !== next) {
      this.#refuse('there is something between its member and its directory');
    }
    return { ...entry, start };
  }

  #isDescriptor(from: number, to: number, expected: number[], lenient: boolean): boolean {
    const at = this.#u32(from) === DESCRIPTOR ? from + 4 : from;
    const wide = to - at === 20 || (lenient && to - at > 20 && this.#u64(at + 12) === expected[2]);
    if (!lenient && to - at !== (wide ? 20 : 12)) return false;
    const says = wide
      ? [this.#u32(at), this.#u64(at + 4), this.#u64(at + 12)]
      : [this.#u32(at), this.#u32(at + 4), this.#u32(at + 8)];
    return says.every((value, index) => value === expected[index]);
  }

  #u16(at: number): number {
    if (at + 2 <= this.#head.length) return this.#headView.getUint16(at, true);
    return this.#isTail(at, 2) ? this.#tailView.getUint16(at - this.#tailStart, true) : this.#refuse('it ends early');
  }

  #u32(at: number): number {
    if (at + 4 <= this.#head.length) return this.#headView.getUint32(at, true);
    return this.#isTail(at, 4) ? this.#tailView.getUint32(at - this.#tailStart, true) : this.#refuse('it ends early');
  }

  #part(from: number, to: number): Uint8Array {
    if (to <= this.#head.length) return this.#head.subarray(from, to);
    if (!this.#isTail(from, to - from)) this.#refuse('it ends early');
    return this.#tail.subarray(from - this.#tailStart, to - this.#tailStart);
  }

  #isTail(at: number, length: number): boolean {
    return at >= this.#tailStart && at + length <= this.#length;
  }

  #u64(at: number): number {
    const value = this.#u32(at) + this.#u32(at + 4) * 4_294_967_296;
    return Number.isSafeInteger(value) ? value : this.#refuse('it declares an impossible size');
  }

  #refuse(reason: string): never {
    throw new VisionClientError('E_ZIP_STRUCTURE', `${this.#name}: the archive is damaged: ${reason}.`, {
      name: this.#name,
      reason,
    });
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
