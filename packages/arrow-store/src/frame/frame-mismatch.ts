/** Why bytes are no entry: what was expected, and what was found. Never leaves this package. */
export class FrameMismatch extends Error {
  override readonly name = 'FrameMismatch';
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(`expected ${expected}, found ${found}`);
    this.expected = expected;
    this.found = found;
  }
}
