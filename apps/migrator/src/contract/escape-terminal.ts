/** Characters that a terminal obeys, or that turn the line: C0, DEL, C1, and those of direction and of no width. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A name from outside as it may stand within a line. */
export const escapeTerminal = (text: string): string => text.replace(UNSAFE, escaped);

/**
 * Whole output: lines keep their ends, and everything else that a terminal obeys is escaped. JSON stays the same JSON,
 * because the characters stand only in its strings.
 */
export const escapeOutput = (text: string): string =>
  text.replace(UNSAFE, (character) => (character === '\n' ? character : escaped(character)));
