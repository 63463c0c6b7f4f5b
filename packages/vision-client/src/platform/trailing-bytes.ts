/** Deflate data ended before its bytes did. Whoever reads a zip tells it as `E_ZIP_INFLATE`, with this as its cause. */
export class TrailingBytes extends Error {
  override readonly name = 'TrailingBytes';

  constructor() {
    super('there are bytes after the end of the data');
  }
}
