import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { escapeTerminal } from '../contract/escape-terminal.ts';
import type { PlanHeader } from '../contract/migration-plan.ts';
import { MigratorError } from '../contract/migrator-error.ts';
import { RealFolders } from '../disk/real-folders.ts';
import { asidePath } from '../ledger/places.ts';
import type { OpenPlan } from '../plan/open-plan.ts';

/** The old and the new root of a migration: every path below them is reached through here. */
export class Roots {
  readonly from: RealFolders;
  readonly to: RealFolders;

  /** @throws {MigratorError} `E_STATE` if a root has become a link, or lies behind one */
  constructor({ from, to }: Pick<PlanHeader, 'from' | 'to'>) {
    for (const root of [from, to]) {
      if (!existsSync(root) || realpathSync(root) === root) continue;
      const message = `${escapeTerminal(root)} is now a link, or behind one: it is not the folder that was planned.`;
      throw new MigratorError('E_STATE', message, { state: 'link' });
    }
    this.from = new RealFolders(from);
    this.to = new RealFolders(to);
  }

  /** Looks at all folders again. */
  forget(): void {
    this.from.forget();
    this.to.forget();
  }

  oldPath(file: string): string {
    return join(this.from.root, file);
  }

  newPath(path: string): string {
    return join(this.to.root, path);
  }

  /** Whether an old file stands at a new path: its own entry replaces it there. */
  isInPlace(file: string, path: string): boolean {
    return this.oldPath(file) === this.newPath(path);
  }
}

/** The roots of a plan, and where its old files go that are moved aside. */
export class Trees extends Roots {
  readonly plan: Pick<OpenPlan, 'header' | 'id'>;

  /** @throws {MigratorError} `E_STATE` if a root has become a link, or lies behind one */
  constructor(plan: Pick<OpenPlan, 'header' | 'id'>) {
    super(plan.header);
    this.plan = plan;
  }

  /** Where an old file stands once it was moved aside. */
  aside(file: string): string {
    return asidePath(this.plan, file);
  }
}
