const EXIT_CODES = `Exit codes: 0 done; 1 done, with findings (something refused, in conflict, or to be decided); 2 bad usage or state,
nothing was changed; 3 interrupted or failed, run it again and it goes on.`;

const COMMON = `
  --json              The report as JSON on stdout
  --report FILE       The report with every file in it, also as .json, .html or .txt by its ending
  --progress HOW      bar, json (JSON Lines on stderr) or none; by default a bar on a terminal
  --dry-run           Say what would be done, and change nothing
  -h, --help          This text; --version tells the version

${EXIT_CODES}`;

/** A text that names the program, as the one that the user called. */
export const toldBy = (program = 'vision-cache-migrate', text: string): string =>
  text.replaceAll('vision-cache-migrate', program);

/** What `--help` prints of a command; of one that is not there, and of none, the list of them. */
export const helpText = (command: string, program?: string): string =>
  `${toldBy(program, HELP[command] ?? HELP['']!)}\n`;

const HELP: Readonly<Record<string, string>> = {
  '': `vision-cache-migrate: moves an old cache into the vision-cache layout, with proof, and reversibly.

  vision-cache-migrate plan --from OLD --to NEW --out PLAN    look, and write down what is to become of every file
  vision-cache-migrate apply PLAN [--remove-old]              do it; stopped anywhere, run it again
  vision-cache-migrate verify PLAN                            compare every row with its old file, anew
  vision-cache-migrate status PLAN                            how far it has come
  vision-cache-migrate rollback PLAN                          take back what apply wrote, byte for byte
  vision-cache-migrate finish PLAN                            delete the old files that were moved aside; no rollback after

NEW may be OLD. Nothing is removed unless you say so, and then only after its rows were read back.

Example:
  vision-cache-migrate plan --from ~/.cache/binance --to ~/vision-cache --out migration.plan
  vision-cache-migrate apply migration.plan
  vision-cache-migrate verify migration.plan

${EXIT_CODES}
vision-cache-migrate COMMAND --help tells more.`,
  plan: `vision-cache-migrate plan --from OLD --to NEW --out PLAN
Scans an old cache, recognises what wrote each file, reads its head and foot, and writes a plan. Changes nothing.

  --from OLD          Root of the old cache
  --to NEW            Root of the new cache; may be OLD
  --out PLAN          Where the plan is written
  --market MARKET     spot, um or cm: of files whose path names none (assumed: spot)
  --layout TEMPLATE   How a customised tree names its files, such as '{market}/{symbol}/{interval}/{date}.feather'; words
                      are {market} {symbol} {interval} {date} {month} {YYYY} {MM} {DD} {YYYYMMDD} {YYYYMM} {any}
  --deep              Read every file whole: each fate is certain then
${COMMON}

Examples:
  vision-cache-migrate plan --from cache --to cache --out cache.plan
  vision-cache-migrate plan --from old --to new --out m.plan --market um --deep --report plan.html
  vision-cache-migrate plan --from old --to new --out m.plan --layout '{symbol}-{interval}-{YYYYMMDD}.arrow'`,
  apply: `vision-cache-migrate apply PLAN
Reads every old file, writes its rows to where they belong, reads them back, and records it. Goes on where it was.

  --remove-old        Move each old file into OLD's hidden folder once its rows are proven; finish deletes them there
  --durability HOW    group (waits for the disk, many files at once) or none
  --take-over         Go on although another run holds the lock and cannot be asked: only if you know that it has ended
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
Brings the old tree back byte for byte and takes back exactly what apply wrote. An entry that changed since stays,
and so does one whose rows stand nowhere else.

  --from-folders      Put back the old files that stand aside by their names alone, into free places: where the plan or
                      the journal is damaged or lost. Deletes nothing; entries of the new tree stay
  --from OLD          With --from-folders, instead of PLAN: the root of the old cache
  --take-over         Go on although another run holds the lock and cannot be asked: only if you know that it has ended
${COMMON}

Examples:
  vision-cache-migrate rollback m.plan
  vision-cache-migrate rollback --from-folders m.plan`,
  status: `vision-cache-migrate status PLAN
How far a plan has come. Changes nothing.
${COMMON}

Example:
  vision-cache-migrate status m.plan --json`,
  finish: `vision-cache-migrate finish PLAN
Deletes the old files that apply moved aside, each after its rows were found in the new place once more, and folders that
are empty without them. What is not proven to stand elsewhere is left and listed. No rollback after that.

  --take-over         Go on although another run holds the lock and cannot be asked: only if you know that it has ended
${COMMON}

Example:
  vision-cache-migrate finish m.plan`,
};
