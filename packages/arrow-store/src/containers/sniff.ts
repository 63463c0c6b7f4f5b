/** What the first bytes of a file say it is; its name and ending say nothing. */
export type LegacyContainer =
  | 'ipc-file' | 'ipc-stream' | 'parquet' | 'feather-v1' | 'zip' | 'gzip' | 'git-lfs-pointer' | 'xml' | 'json' | 'text'
  | 'empty' | 'zeros' | 'garbage'; // prettier-ignore

/** As many bytes of a file's start as `sniffContainer` looks at. */
export const SNIFF_BYTES = 64;

const startsWith = (bytes: Uint8Array, text: string): boolean => {
  for (let index = 0; index < text.length; index++) {
    if (bytes[index] !== text.charCodeAt(index)) return false;
  }
  return bytes.length >= text.length;
};

/** Tells the container by the first bytes of a file. `size` is the length of the whole file. */
export function sniffContainer(head: Uint8Array, size: number = head.length): LegacyContainer {
  if (size === 0) return 'empty';
  if (startsWith(head, 'ARROW1')) return 'ipc-file';
  if (startsWith(head, 'PAR1')) return 'parquet';
  if (startsWith(head, 'FEA1')) return 'feather-v1';
  if (startsWith(head, 'PK')) return 'zip';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (startsWith(head, 'version https://git-lfs')) return 'git-lfs-pointer';
  if (startsWith(head, '<')) return 'xml';
  if (startsWith(head, '{') || startsWith(head, '[')) return 'json';
  if (head.length >= 8 && head[0] === 0xff && head[1] === 0xff && head[2] === 0xff && head[3] === 0xff) {
    return 'ipc-stream';
  }
  if (head.every((byte) => byte === 0)) return 'zeros';
  // Before Arrow 0.15 a stream began with the bare length of its schema, a multiple of 8 of at most some kilobytes.
  if (head.length >= 8) {
    const length = head[0]! | (head[1]! << 8) | (head[2]! << 16) | (head[3]! << 24);
    if (length >= 64 && length <= 1 << 20 && length % 4 === 0 && length + 4 <= size) return 'ipc-stream';
  }
  return head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127))
    ? 'text'
    : 'garbage';
}
