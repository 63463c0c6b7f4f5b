import { crc32, deflateRawSync } from 'node:zlib';
import type { VisionClientErrorCode } from '../contract/errors.ts';

/** What a zip says of itself, each part of which can be made to lie. */
interface ZipParts {
  name: string;
  localName: string;
  content: Uint8Array;
  packed: Uint8Array;
  method: number;
  flags: number;
  localFlags: number;
  crc: number;
  localCrc: number;
  size: number;
  localSize: number;
  packedSize: number;
  localPackedSize: number;
  extra: Uint8Array;
  localExtra: Uint8Array;
  headerOffset: number;
  descriptor: Uint8Array;
  before: Uint8Array;
  between: Uint8Array;
  comment: Uint8Array;
  entries: number;
  disk: number;
  /** Of a file of Unix: what kind it is, and who may read it. */
  mode: number;
  directoryShift: number;
  zip64: 'no' | 'header' | 'full' | 'lost';
  after: Uint8Array;
}

const NONE = new Uint8Array(0);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const u16 = (...values: number[]): Uint8Array =>
  new Uint8Array(values.flatMap((value) => [value & 255, (value >> 8) & 255]));
const u32 = (...values: number[]): Uint8Array =>
  new Uint8Array(values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255)));
const u64 = (...values: number[]): Uint8Array =>
  joined(...values.map((value) => u32(value >>> 0, Math.floor(value / 2 ** 32))));
export const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));

export const MEMBER = 'BTCUSDT-1h-2024-01-01.csv';
export const CONTENT: Uint8Array = text(
  Array.from(
    { length: 24 },
    (_, hour) =>
      `${1704067200000 + hour * 3600000},1.${hour},2,0.5,1.5,10,${1704070799999 + hour * 3600000},5,3,1,2,0\n`,
  ).join(''),
);

export function zipWith(change: Partial<ZipParts> | ((good: ZipParts) => Partial<ZipParts>)): Uint8Array {
  const given = typeof change === 'function' ? change(defaults({})) : change;
  const z = { ...defaults(given), ...given };
  const wide = z.zip64 === 'header' || z.zip64 === 'full';
  const localExtra = wide ? joined(u16(1, 16), u64(z.localSize, z.localPackedSize), z.localExtra) : z.localExtra;
  const extra = wide ? joined(u16(1, 16), u64(z.size, z.packedSize), z.extra) : z.extra;
  const sizes = (packed: number, size: number) => (wide ? u32(0xffffffff, 0xffffffff) : u32(packed, size));
  const local = joined(
    u32(0x04034b50), u16(20, z.localFlags, z.method, 0, 0x5a21), u32(z.localCrc), sizes(z.localPackedSize, z.localSize),
    u16(text(z.localName).length, localExtra.length), text(z.localName), localExtra,
  ); // prettier-ignore
  const entry = joined(
    u32(0x02014b50), u16(20, 20, z.flags, z.method, 0, 0x5a21), u32(z.crc), sizes(z.packedSize, z.size),
    u16(text(z.name).length, extra.length, 0, 0, 0), u32(z.mode * 65_536, z.headerOffset), text(z.name), extra,
  ); // prettier-ignore
  const body = joined(z.before, local, z.packed, z.descriptor, z.between);
  const start = body.length + z.directoryShift;
  const end64 = joined(
    u32(0x06064b50),
    u64(44),
    u16(45, 45),
    u32(0, 0),
    u64(z.entries, z.entries, entry.length, start),
  );
  const locator = joined(u32(0x07064b50, 0), u64(body.length + entry.length), u32(1));
  const full = z.zip64 === 'full';
  const end = joined(
    u32(0x06054b50), u16(z.disk, 0, ...(full || z.zip64 === 'lost' ? [0xffff, 0xffff] : [z.entries, z.entries])),
    ...(full ? [u32(0xffffffff, 0xffffffff)] : [u32(entry.length, start)]), u16(z.comment.length), z.comment,
  ); // prettier-ignore
  return joined(body, entry, ...(full ? [end64, locator] : []), end, z.after);
}

function defaults(given: Partial<ZipParts>): ZipParts {
  const content = given.content ?? CONTENT;
  const packed = given.packed ?? (given.method === 0 ? content : deflateRawSync(content));
  const name = given.name ?? MEMBER;
  const flags = given.flags ?? 0;
  const crc = given.crc ?? crc32(content);
  const size = given.size ?? content.length;
  const packedSize = given.packedSize ?? packed.length;
  return {
    name, localName: name, content, packed, method: 8, flags, localFlags: flags, crc, localCrc: crc, size, localSize: size, packedSize,
    localPackedSize: packedSize, extra: NONE, localExtra: NONE, headerOffset: 0, descriptor: NONE, before: NONE, between: NONE,
    comment: NONE, entries: 1, disk: 0, mode: 0, directoryShift: 0, zip64: 'no', after: NONE,
  }; // prettier-ignore
}

const PACKED = deflateRawSync(CONTENT);
const withDescriptor = (...descriptor: Uint8Array[]): Partial<ZipParts> => ({
  flags: 8, localFlags: 8, localCrc: 0, localSize: 0, localPackedSize: 0, descriptor: joined(...descriptor),
}); // prettier-ignore
const damaged = (at: number): Uint8Array => PACKED.map((byte, index) => (index === at ? byte ^ 0x55 : byte));

/** Two members, as a zip of a folder would have them. */
function twoMembers(names: [string, string]): Uint8Array {
  const parts = names.map((name) => {
    const local = joined(
      u32(0x04034b50),
      u16(20, 0, 8, 0, 0x5a21),
      u32(crc32(CONTENT), PACKED.length, CONTENT.length),
      u16(name.length, 0),
      text(name),
      PACKED,
    );
    return { name, local };
  });
  let offset = 0;
  const entries = parts.map(({ name, local }) => {
    const entry = joined(
      u32(0x02014b50),
      u16(20, 20, 0, 8, 0, 0x5a21),
      u32(crc32(CONTENT), PACKED.length, CONTENT.length),
      u16(name.length, 0, 0, 0, 0),
      u32(0, offset),
      text(name),
    );
    offset += local.length;
    return entry;
  });
  const directory = joined(...entries);
  return joined(
    ...parts.map(({ local }) => local),
    directory,
    u32(0x06054b50),
    u16(0, 0, 2, 2),
    u32(directory.length, offset),
    u16(0),
  );
}

/** Archives that are read, byte for byte. */
export const GOOD_ZIPS: Readonly<Record<string, Uint8Array>> = {
  deflated: zipWith({}),
  stored: zipWith({ method: 0 }),
  'with zip64 sizes': zipWith({ zip64: 'header' }),
  'with a zip64 directory': zipWith({ zip64: 'full' }),
  'with a data descriptor': zipWith(
    withDescriptor(u32(0x08074b50), u32(crc32(CONTENT), PACKED.length, CONTENT.length)),
  ),
  'with a data descriptor without signature': zipWith(
    withDescriptor(u32(crc32(CONTENT), PACKED.length, CONTENT.length)),
  ),
  'with a data descriptor of 64 bits': zipWith(
    withDescriptor(u32(0x08074b50), u32(crc32(CONTENT)), u64(PACKED.length, CONTENT.length)),
  ),
  'with the mode of a plain file': zipWith({ mode: 0o100644 }),
  'with a name in UTF-8': zipWith({ flags: 0x0800, localFlags: 0x0800 }),
  'with an extra field': zipWith({ extra: u16(0x5455, 1, 0), localExtra: u16(0x5455, 1, 0) }),
};

/** Archives that are refused, each with its code. */
export const HOSTILE_ZIPS: readonly (readonly [string, Uint8Array, VisionClientErrorCode])[] = [
  ['nothing', NONE, 'E_ZIP_NOT_A_ZIP'],
  ['HTML', text('<!DOCTYPE html><html></html>'), 'E_ZIP_NOT_A_ZIP'],
  ['4,096 zero bytes', new Uint8Array(4096), 'E_ZIP_NOT_A_ZIP'],
  ['gzip', joined(new Uint8Array([0x1f, 0x8b, 8, 0]), CONTENT), 'E_ZIP_NOT_A_ZIP'],
  ['a link', zipWith({ mode: 0o120777 }), 'E_ZIP_STRUCTURE'],
  ['a link that is stored', zipWith({ mode: 0o120777, method: 0, content: text('/etc/passwd') }), 'E_ZIP_STRUCTURE'],
  ['a device', zipWith({ mode: 0o020666 }), 'E_ZIP_STRUCTURE'],
  ['an empty archive', joined(u32(0x06054b50), new Uint8Array(18)), 'E_ZIP_ENTRIES'],
  ['two members', twoMembers([MEMBER, 'more.csv']), 'E_ZIP_ENTRIES'],
  ['a decoy before the member', twoMembers(['decoy.csv', MEMBER]), 'E_ZIP_ENTRIES'],
  ['two members of one name', twoMembers([MEMBER, MEMBER]), 'E_ZIP_ENTRIES'],
  ['a directory that promises a member more', zipWith({ entries: 2 }), 'E_ZIP_ENTRIES'],
  ['another name', zipWith({ name: 'ETHUSDT-1h-2024-01-01.csv' }), 'E_ZIP_NAME'],
  ['a name that climbs', zipWith({ name: `../../${MEMBER}` }), 'E_ZIP_NAME'],
  ['an absolute name', zipWith({ name: `/etc/${MEMBER}` }), 'E_ZIP_NAME'],
  ['a name with a NUL', zipWith({ name: `${MEMBER}\0.exe` }), 'E_ZIP_NAME'],
  ['a name in other case', zipWith({ name: MEMBER.toLowerCase() }), 'E_ZIP_NAME'],
  ['a folder', zipWith({ name: `${MEMBER}/` }), 'E_ZIP_NAME'],
  ['two names for one member', zipWith({ localName: MEMBER.replace('BTC', 'ETH') }), 'E_ZIP_STRUCTURE'],
  ['an encrypted member', zipWith({ flags: 1 }), 'E_ZIP_ENCRYPTED'],
  ['a strongly encrypted member', zipWith({ flags: 0x41 }), 'E_ZIP_ENCRYPTED'],
  ['patched data', zipWith({ flags: 0x20 }), 'E_ZIP_STRUCTURE'],
  ['bzip2', zipWith({ method: 12 }), 'E_ZIP_METHOD'],
  ['deflate64', zipWith({ method: 9 }), 'E_ZIP_METHOD'],
  ['flags that contradict each other', zipWith({ localFlags: 2 }), 'E_ZIP_STRUCTURE'],
  ['a wrong CRC', zipWith({ crc: 1, localCrc: 1 }), 'E_ZIP_CRC'],
  ['two CRCs', zipWith({ localCrc: 1 }), 'E_ZIP_STRUCTURE'],
  ['a stored member with a wrong CRC', zipWith({ method: 0, crc: 1, localCrc: 1 }), 'E_ZIP_CRC'],
  ['damage at the beginning of the data', zipWith({ packed: damaged(2) }), 'E_ZIP_INFLATE'],
  ['data that is cut', zipWith({ packed: PACKED.subarray(0, -20) }), 'E_ZIP_INFLATE'],
  ['something behind the compressed data', zipWith({ packed: joined(PACKED, text('more')) }), 'E_ZIP_INFLATE'],
  ['a size that is too small', zipWith({ size: CONTENT.length - 1, localSize: CONTENT.length - 1 }), 'E_ZIP_SIZE'],
  ['a size that is too large', zipWith({ size: CONTENT.length + 1, localSize: CONTENT.length + 1 }), 'E_ZIP_SIZE'],
  [
    'a bomb that lies about its size',
    zipWith({ content: new Uint8Array(8 * 1024 * 1024), size: 1000, localSize: 1000 }),
    'E_ZIP_SIZE',
  ],
  ['a size beyond what deflate can do', zipWith({ size: 500_000, localSize: 500_000 }), 'E_ZIP_SIZE'],
  ['a bomb that is honest', zipWith({ size: 2 ** 31, localSize: 2 ** 31 }), 'E_ZIP_TOO_LARGE'],
  ['a bomb of 64 bits', zipWith({ zip64: 'header', size: 2 ** 40, localSize: 2 ** 40 }), 'E_ZIP_TOO_LARGE'],
  ['two sizes', zipWith({ localSize: 5 }), 'E_ZIP_STRUCTURE'],
  ['a stored member of two sizes', zipWith({ method: 0, size: 5, localSize: 5 }), 'E_ZIP_STRUCTURE'],
  [
    'a member that reaches into the directory',
    zipWith({ packedSize: PACKED.length + 40, localPackedSize: PACKED.length + 40 }),
    'E_ZIP_STRUCTURE',
  ],
  [
    'a member that ends before the directory',
    zipWith({ packedSize: PACKED.length - 4, localPackedSize: PACKED.length - 4 }),
    'E_ZIP_STRUCTURE',
  ],
  ['something before the member', zipWith({ before: text('PK\u0003\u0004MZ'), headerOffset: 6 }), 'E_ZIP_STRUCTURE'],
  ['something between member and directory', zipWith({ between: text('hidden') }), 'E_ZIP_STRUCTURE'],
  ['something behind the end', zipWith({ after: text('more') }), 'E_ZIP_STRUCTURE'],
  [
    'a comment with a second end in it',
    zipWith({ comment: joined(u32(0x06054b50), new Uint8Array(18)) }),
    'E_ZIP_STRUCTURE',
  ],
  ['a header that is elsewhere', zipWith({ headerOffset: 4 }), 'E_ZIP_STRUCTURE'],
  ['a directory that is elsewhere', zipWith({ directoryShift: -3 }), 'E_ZIP_STRUCTURE'],
  ['a part of several', zipWith({ disk: 1 }), 'E_ZIP_STRUCTURE'],
  ['a zip64 directory that is lost', zipWith({ zip64: 'lost' }), 'E_ZIP_STRUCTURE'],
  [
    'a descriptor that lies',
    zipWith(withDescriptor(u32(0x08074b50), u32(1, PACKED.length, CONTENT.length))),
    'E_ZIP_STRUCTURE',
  ],
  ['a descriptor that is not there', zipWith(withDescriptor()), 'E_ZIP_STRUCTURE'],
  ['half of an archive', zipWith({}).subarray(0, 300), 'E_ZIP_STRUCTURE'],
  ['an archive without its last byte', zipWith({}).subarray(0, -1), 'E_ZIP_STRUCTURE'],
];
