/** Why bytes are no entry: what was expected, and what was found. */
export class FrameMismatch {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    this.expected = expected;
    this.found = found;
  }
}
