/** Why a file is refused whose head and foot tell all, by the plan's word. */
export const REFUSALS: Readonly<Record<string, string>> = {
  empty: 'It is empty.',
  zeros: 'It holds only zero bytes.',
  cut: 'It is truncated: its end is missing.',
  garbage: 'Its bytes are in no format of old caches.',
  text: 'It is text under a wrong name.',
  json: 'It is JSON under a wrong name.',
  gzip: 'It is a gzip under a wrong name.',
  zip: 'It is a zip under a wrong name.',
  'feather-v1': 'It is a Feather file of version 1; pyarrow can rewrite it.',
  'git-lfs-pointer': 'It is a Git LFS pointer: the file itself was never fetched.',
  xml: 'It is XML or HTML, probably the error page of a download.',
  'unknown-market':
    'Its symbol is not a spot symbol, and its path names no market: once the others are done, plan it with --market um or cm.',
  'not-of-market': 'Its path names no market, and its symbol is not possible in the market of --market.',
  'not-klines': 'It is at a new path for data that old caches did not have.',
};
