import cliProgress from 'cli-progress';
import type { Io } from '../contract/io.ts';
import { bytesText, secondsText } from '@vision-cache/migrator/units';

/** Told by a command as it goes on. */
export interface Progress {
  /** @param total How many units there are; undefined if that is not known. */
  start(total: number | undefined, bytes: number | undefined): void;
  advance(units: number, bytes: number): void;
  /** A line beside the progress. */
  say(line: string): void;
  stop(): void;
}

/** Off a terminal a line is worth its place in a log only now and then. */
const LINE_EVERY_MS = 5_000;

export interface ProgressOptions {
  /** What is counted, in the plural. */
  readonly unit: string;
  readonly quiet: boolean | undefined;
}

/** A bar on a terminal, lines elsewhere, nothing where it was asked to be quiet. */
export function progressOn(io: Io, { unit, quiet }: ProgressOptions): Progress {
  if (quiet === true)
    return { start: () => undefined, advance: () => undefined, say: () => undefined, stop: () => undefined };
  return io.isTty ? bar(unit, io) : lines(unit, io);
}

function bar(unit: string, { err }: Io): Progress {
  const format = ` {bar} {percentage}% | {value}/{total} ${unit} | {bytes}{left}`;
  const look = { barCompleteChar: '█', barIncompleteChar: '░', hideCursor: true, clearOnComplete: true };
  const shown = new cliProgress.SingleBar({ format, ...look });
  let [done, bytes, started] = [0, 0, 0];
  const told = (total: number): object => {
    const left = done === 0 ? '' : ` | ${secondsText(((total - done) * (performance.now() - started)) / done / 1000)}`;
    return { bytes: bytesText(bytes), left };
  };
  return {
    start(total) {
      [done, bytes, started] = [0, 0, performance.now()];
      shown.start(total ?? 0, 0, told(total ?? 0));
    },
    advance(units, more) {
      done += units;
      bytes += more;
      if (done > shown.getTotal()) shown.setTotal(done);
      shown.update(done, told(shown.getTotal()));
    },
    // In place of the bar, which is drawn again below it.
    say: (line) => err(`\r\u001b[K${line}\n`),
    stop: () => shown.stop(),
  };
}

function lines(unit: string, { err }: Io): Progress {
  let total: number | undefined;
  let [done, bytes, started, told] = [0, 0, 0, 0];
  return {
    start(count) {
      total = count;
      [done, bytes, started] = [0, 0, performance.now()];
      told = started;
    },
    advance(units, more) {
      done += units;
      bytes += more;
      const now = performance.now();
      if (now - told < LINE_EVERY_MS) return;
      told = now;
      const left = total === undefined || done === 0 ? undefined : ((total - done) * (now - started)) / done / 1000;
      const of = total === undefined ? '' : ` of ${String(total)}`;
      err(
        `${String(done)}${of} ${unit}, ${bytesText(bytes)}${left === undefined ? '' : `, ${secondsText(left)} to go`}\n`,
      );
    },
    say: (line) => err(`${line}\n`),
    stop: () => undefined,
  };
}
