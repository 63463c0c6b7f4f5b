import { isUtcDay, isUtcMonth } from '@vision-cache/cache-keys';
import type { PathFacts } from './assess.ts';

type Known = PathFacts & { known: true };

/**
 * What the last path told, and how: the next one of the same folder differs in its date only, and so need not be taken
 * apart again. A hundred thousand files are in some hundred folders.
 */
export class FolderMemo {
  private readonly parse: (path: string) => PathFacts;
  private prefix = '\0';
  private suffix = '';
  private dashes = false;
  private length = 0;
  private facts: Known | undefined;

  constructor(parse: (path: string) => PathFacts) {
    this.parse = parse;
  }

  /** The facts of a path; those of one folder are one object, but for their date. */
  read(path: string): { readonly facts: PathFacts; readonly date: string | undefined } {
    const { facts, prefix, suffix } = this;
    if (facts !== undefined && path.length === this.length && path.startsWith(prefix) && path.endsWith(suffix)) {
      const date = this.dateOf(path.slice(prefix.length, path.length - suffix.length));
      if (date !== undefined) return { facts, date };
    }
    const found = this.parse(path);
    this.remember(path, found);
    return { facts: found, date: found.known ? found.date : undefined };
  }

  private dateOf(text: string): string | undefined {
    const date = this.dashes
      ? text
      : text.length === 8
        ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`
        : `${text.slice(0, 4)}-${text.slice(4)}`;
    return isUtcDay(date) || isUtcMonth(date) ? date : undefined;
  }

  /** Only where the date stands once in the path, in the file's name, and nothing else could be meant by its digits. */
  private remember(path: string, found: PathFacts): void {
    this.facts = undefined;
    if (!found.known || found.date === undefined) return;
    for (const text of [found.date, found.date.replaceAll('-', '')]) {
      const at = path.lastIndexOf(text);
      if (at === -1 || at <= path.lastIndexOf('/') || path.indexOf(text) !== at) continue;
      this.prefix = path.slice(0, at);
      this.suffix = path.slice(at + text.length);
      if (/\d$/.test(this.prefix) || /^\d/.test(this.suffix)) return;
      this.dashes = text === found.date;
      this.length = path.length;
      this.facts = found;
      return;
    }
  }
}
