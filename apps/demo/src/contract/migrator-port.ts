/** What the demo needs of a migrator. It is handed in, because no app leans on another. */
export interface MigratorPort<Plan = unknown> {
  /** Writes down at `out` what is to become of every old file. */
  plan(options: MigratorPlanOptions): Promise<object> | object;
  /** Does what a plan says. */
  apply(options: MigratorRunOptions): Promise<MigratorSummary>;
  /** Proves that what was applied is still there. */
  verify(options: MigratorRunOptions): Promise<MigratorVerification> | MigratorVerification;
  /** Takes back what was applied. */
  rollback(options: { readonly plan: string }): Promise<MigratorRollback> | MigratorRollback;
  /** What a plan says, line by line. */
  planLines(path: string): Iterable<MigratorLine>;
  /** What became of each file of a plan. */
  openPlan(path: string): Plan;
  outcomes(plan: Plan): Iterable<{ readonly file: MigratorFile; readonly outcome: MigratorOutcome }>;
  /** What a plan leaves where it is, because it is no old cache file. */
  leftAlone(plan: Plan): Iterable<{ readonly path: string; readonly why: string }>;
}

export interface MigratorProgress {
  start(total: number | undefined, bytes: number | undefined): void;
  advance(files: number, bytes: number): void;
  stop(): void;
}

export interface MigratorPlanOptions {
  readonly from: string;
  readonly to: string;
  readonly out: string;
  /** `all`: every file whole, so that the plan has rows and new paths. */
  readonly read?: 'heads' | 'all';
  readonly progress?: MigratorProgress | undefined;
}

export interface MigratorRunOptions {
  readonly plan: string;
  readonly progress?: MigratorProgress | undefined;
}

export interface MigratorVerification {
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: number;
  readonly findings: readonly { readonly file: string; readonly found: string }[];
}

export interface MigratorRollback {
  readonly restored: number;
  readonly takenBack: number;
  readonly findings: readonly { readonly path: string; readonly found: string }[];
}

export interface MigratorSummary {
  readonly success: number;
  readonly failed: number;
  readonly skipped: number;
  readonly rows: { readonly in: number; readonly out: number; readonly duplicates: number; readonly refused: number };
}

export interface MigratorFile {
  readonly file: string;
  readonly generations: readonly string[];
  readonly container: string;
  readonly fate: string;
  readonly sure: string;
  readonly reason?: string;
  readonly rows?: number;
  readonly targets?: readonly string[];
}

/** One of a plan's lines; those of other kinds are passed over. */
export type MigratorLine =
  MigratorFile | { readonly left: string; readonly why: string } | { readonly totals: object } | object;

export interface MigratorOutcome {
  readonly fate: string;
  readonly flags: readonly string[];
  readonly reason?: string;
  readonly message?: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly targets: readonly { readonly path: string; readonly rows: number }[];
}
