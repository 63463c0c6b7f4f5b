import { homedir } from 'node:os';
import { sep } from 'node:path';
import { escapeTerminal } from './escape-terminal.ts';

/** A path as people write it. */
export function pathToShow(path: string): string {
  const home = homedir() + sep;
  return escapeTerminal(path.startsWith(home) ? `~${sep}${path.slice(home.length)}` : path);
}
