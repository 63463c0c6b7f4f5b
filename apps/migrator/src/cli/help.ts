const EXIT_CODES = `Exit codes: 0 done; 1 done, with findings (something refused, in conflict, or to be decided); 2 bad usage or state,
nothing was changed; 3 interrupted or failed, run it again to continue.`;

const COMMON = `
  --json              The report as JSON on stdout
  --report FILE       The report with every file in it, also as .json, .html or .txt by its ending
  --progress HOW      bar, json (JSON Lines on stderr) or none; by default a bar on a terminal
  --dry-run           Print what would be done, and change nothing
  -h, --help          This text; --version prints the version

${EXIT_CODES}`;

/** A text that names the program, as the one that the user called. */
export const toldBy = (program = 'vision-cache-migrate', text: string): string =>
  text.replaceAll('vision-cache-migrate', program);

/** What `--help` prints of a command; of one that is not there, and of none, the list of them. */
export const helpText = (command: string, program?: string): string =>
  `${toldBy(program, HELP[command] ?? HELP['']!)}\n`;

const HELP: Readonly<Record<string, string>> = {
  '': `vision-cache-migrate: moves an old cache into the vision-cache layout, verifies every row, and can undo it.

  vision-cache-migrate plan --from OLD --to NEW --out PLAN    scans, and writes a plan for every file
  vision-cache-migrate apply PLAN [--remove-old]              does it; if it stops, run it again
  vision-cache-migrate verify PLAN                            compares every row with its old file again
  vision-cache-migrate status PLAN                            shows the progress
  vision-cache-migrate rollback PLAN                          restores the old tree, byte for byte
  vision-cache-migrate finish PLAN                            deletes the old files that were moved aside; no rollback after

NEW may be OLD. Nothing is removed unless you ask for it, and then only after its rows were read back.

Example:
  vision-cache-migrate plan --from ~/.cache/binance --to ~/vision-cache --out migration.plan
  vision-cache-migrate apply migration.plan
  vision-cache-migrate verify migration.plan

${EXIT_CODES}
Run vision-cache-migrate COMMAND --help for more.`,
  plan: `vision-cache-migrate plan --from OLD --to NEW --out PLAN
Scans an old cache, recognises which program wrote each file, reads its header and footer, and writes a plan. Changes nothing.

  --from OLD          Root of the old cache
  --to NEW            Root of the new cache; may be OLD
  --out PLAN          Where the plan is written
  --market MARKET     spot, um or cm, for files whose path names none (default: spot)
  --layout TEMPLATE   File names of a customised tree, such as '{market}/{symbol}/{interval}/{date}.feather'; placeholders
                      are {market} {symbol} {interval} {date} {month} {YYYY} {MM} {DD} {YYYYMMDD} {YYYYMM} {any}
  --deep              Read every file completely, so that each result is certain
${COMMON}

Examples:
  vision-cache-migrate plan --from cache --to cache --out cache.plan
  vision-cache-migrate plan --from old --to new --out m.plan --market um --deep --report plan.html
  vision-cache-migrate plan --from old --to new --out m.plan --layout '{symbol}-{interval}-{YYYYMMDD}.arrow'`,
  apply: `vision-cache-migrate apply PLAN
Reads every old file, writes its rows to the right entries, reads them back, and records it. Continues where it stopped.

  --remove-old        Move each old file into OLD's hidden folder once its rows are verified; finish deletes it there
  --durability HOW    group (waits for the disk, many files at once) or none
  --take-over         Take the lock of another run: only if you know that it has ended
${COMMON}

Examples:
  vision-cache-migrate apply m.plan --dry-run
  vision-cache-migrate apply m.plan --remove-old --report result.html`,
  verify: `vision-cache-migrate verify PLAN
Compares every row that apply wrote with its old file, by content. Changes nothing.
${COMMON}

Example:
  vision-cache-migrate verify m.plan --json`,
  rollback: `vision-cache-migrate rollback PLAN
Restores the old tree byte for byte and removes exactly what apply wrote. An entry that changed since stays,
and so does one whose rows are nowhere else.

  --from-folders      Put the old files back by their names, never over another file: for when the plan or
                      the journal is damaged or lost. Deletes nothing; entries of the new tree stay
  --from OLD          With --from-folders, instead of PLAN: the root of the old cache
  --take-over         Take the lock of another run: only if you know that it has ended
${COMMON}

Examples:
  vision-cache-migrate rollback m.plan
  vision-cache-migrate rollback --from-folders m.plan`,
  status: `vision-cache-migrate status PLAN
Shows how far apply has come. Changes nothing.
${COMMON}

Example:
  vision-cache-migrate status m.plan --json`,
  finish: `vision-cache-migrate finish PLAN
Deletes the old files that apply moved aside, each after it found its rows in the new place once more, and folders that
are empty without them. Files whose rows it cannot verify are left and listed. There is no rollback after that.

  --take-over         Take the lock of another run: only if you know that it has ended
${COMMON}

Example:
  vision-cache-migrate finish m.plan`,
};
