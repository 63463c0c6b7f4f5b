/**
 * The name that a misspelled one may mean: the first that has at most two letters more, fewer or other ones, whatever
 * their case. Undefined if none is close.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  return known.find((each) => isNear(each.toLowerCase(), name.toLowerCase()));
}

/** Compares two texts row by row of the table of their edit distances. */
function isNear(a: string, b: string): boolean {
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let at = 1; at <= b.length; at++) {
      const replaced = before[at - 1]! + (a[row - 1] === b[at - 1] ? 0 : 1);
      now.push(Math.min(replaced, before[at]! + 1, now[at - 1]! + 1));
    }
    before = now;
  }
  return before[b.length]! <= 2;
}
