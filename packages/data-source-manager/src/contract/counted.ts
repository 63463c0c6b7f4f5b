/** `1 gap`, `30 gaps`: a number with its word, for people. */
export function counted(count: number | bigint, word: string): string {
  return `${count} ${word}${Number(count) === 1 ? '' : 's'}`;
}
