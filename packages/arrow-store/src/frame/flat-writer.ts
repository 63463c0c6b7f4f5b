/** A field of a flatbuffers table: its number in the schema, its size, and its value; without a value it is a reference. */
export interface FlatField {
  readonly id: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly value?: number | bigint;
}

/** Where each of some fields stands. */
export type PlacesOf<Fields extends readonly FlatField[]> = { readonly [Place in keyof Fields]: number };

const textEncoder = new TextEncoder();

/**
 * Writes flatbuffers front to back. The usual builders write back to front; this order keeps what stands first at
 * fixed offsets, so that the seal can be found without parsing, and the same input always gives the same bytes.
 */
export class FlatWriter {
  #bytes: Uint8Array;
  #view: DataView;
  length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  align(to: number): void {
    this.#reserve((to - (this.length % to)) % to);
  }

  /** A reference to what is written later: {@link refer} fills it in. */
  reference(): number {
    this.align(4);
    return this.#reserve(4);
  }

  /** What was written elsewhere, and is the same wherever it stands; the caller sees to its alignment. */
  section(reference: number, bytes: Uint8Array): number {
    this.#refer(reference);
    return this.raw(bytes);
  }

  #refer(reference: number): void {
    this.#view.setUint32(reference, this.length - reference, true);
  }

  u32(value: number): number {
    this.align(4);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return at;
  }

  i64(value: bigint): number {
    this.align(8);
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, value, true);
    return at;
  }

  raw(bytes: Uint8Array): number {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return at;
  }

  /** Text, with its length before and a zero behind it. */
  text(reference: number, value: string): void {
    this.align(4);
    this.#refer(reference);
    const length = this.#reserve(4);
    const at = this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        const bytes = textEncoder.encode(value);
        this.length = at;
        this.raw(bytes);
        break;
      }
      this.#bytes[at + index] = code;
    }
    this.#view.setUint32(length, this.length - at, true);
    this.#reserve(1);
  }

  /** The beginning of a vector of scalars; they are written next. `element` is the size of one. */
  vector(reference: number, count: number, element: 4 | 8 = 4): void {
    while ((this.length + 4) % element !== 0) this.#reserve(1);
    this.align(4);
    this.#refer(reference);
    this.u32(count);
  }

  /** A vector of references, in order. */
  references(reference: number, count: number): number[] {
    this.vector(reference, count);
    return this.places(count);
  }

  /** So many references one after the other. */
  places(count: number): number[] {
    return Array.from({ length: count }, () => this.#reserve(4));
  }

  /** A table with its vtable before it. Answers where each of the fields stands, in their order. */
  table<const Fields extends readonly FlatField[]>(reference: number, fields: Fields): PlacesOf<Fields> {
    const count = fields.reduce((most, field) => Math.max(most, field.id + 1), 0);
    this.align(2);
    const vtableSize = 4 + 2 * count;
    if ((this.length + vtableSize) % 4 !== 0) this.#reserve(2); // the table begins right behind its vtable
    const vtable = this.#reserve(vtableSize);
    const start = this.length;
    this.#refer(reference);
    this.#view.setInt32(this.#reserve(4), start - vtable, true);
    const places = fields.map((field): number => {
      this.align(field.size);
      const at = this.#reserve(field.size);
      this.#view.setUint16(vtable + 4 + 2 * field.id, at - start, true);
      if (field.value !== undefined) this.#set(at, field.size, field.value);
      return at;
    });
    this.#view.setUint16(vtable, vtableSize, true);
    this.#view.setUint16(vtable + 2, this.length - start, true);
    return places as unknown as PlacesOf<Fields>; // `map` forgets how many there are
  }

  #set(at: number, size: FlatField['size'], value: number | bigint): void {
    if (size === 8) this.#view.setBigInt64(at, BigInt(value), true);
    else if (size === 4) this.#view.setInt32(at, Number(value), true);
    else if (size === 2) this.#view.setInt16(at, Number(value), true);
    else this.#view.setUint8(at, Number(value));
  }

  #reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
