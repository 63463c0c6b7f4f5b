import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What stands above a path: folders only, nothing from some point on, or something that is no folder. */
export type Reached = 'folder' | 'nothing' | 'link';

/**
 * Reaches paths below a root without following links. Folders that were seen are believed until `forget`, so that the
 * files of one group cost one look at each of their folders.
 */
export class RealFolders {
  readonly root: string;
  private readonly seen = new Set<string>(['.']);

  constructor(root: string) {
    this.root = root;
  }

  forget(): void {
    this.seen.clear();
    this.seen.add('.');
  }

  /** Looks at a folder and at all above it, below the root. */
  look(folder: string): Reached {
    if (this.seen.has(folder)) return 'folder';
    const above = this.look(dirname(folder));
    if (above !== 'folder') return above;
    const stat = lstatSync(join(this.root, folder), { throwIfNoEntry: false });
    if (stat === undefined) return 'nothing';
    if (!stat.isDirectory()) return 'link';
    this.seen.add(folder);
    return 'folder';
  }

  /** What stands above a file. */
  above(path: string): Reached {
    return this.look(dirname(path));
  }
}
