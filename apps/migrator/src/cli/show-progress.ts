import type { Progress } from '../contract/progress.ts';

const EVERY_MS = 200;

/** JSON Lines on stderr: `{"event":"progress","files":…,"total":…,"filesPerSecond":…,"etaSeconds":…}`. */
export function jsonProgress(write: (line: string) => void, now: () => number = Date.now): Progress {
  let [files, bytes, total, totalBytes] = [0, 0, undefined as number | undefined, undefined as number | undefined];
  let started = now();
  let told = 0;
  const tell = (event: string) => {
    const seconds = Math.max((now() - started) / 1000, 0.001);
    const filesPerSecond = Math.round(files / seconds);
    const etaSeconds = total === undefined || files === 0 ? undefined : Math.round(((total - files) * seconds) / files);
    write(`${JSON.stringify({ event, files, total, bytes, totalBytes, filesPerSecond, etaSeconds })}\n`);
    told = now();
  };
  return {
    start(count, size) {
      [files, bytes, total, totalBytes, started] = [0, 0, count, size, now()];
      tell('start');
    },
    advance(count, size) {
      files += count;
      bytes += size;
      if (now() - told >= EVERY_MS) tell('progress');
    },
    stop: () => tell('end'),
  };
}

/** A bar with rate and time left. */
export async function barProgress(): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar({
    format: ' {bar} {percentage}% | {value}/{total} files | {rate}/s | {duration_formatted} | ETA {eta_formatted}',
    hideCursor: true,
    etaBuffer: 200,
  });
  let started = Date.now();
  let files = 0;
  return {
    start(count) {
      [started, files] = [Date.now(), 0];
      bar.start(count ?? 0, 0, { rate: 0 });
    },
    advance(count) {
      files += count;
      if (files > bar.getTotal()) bar.setTotal(files);
      bar.increment(count, { rate: Math.round((files * 1000) / Math.max(Date.now() - started, 1)) });
    },
    stop: () => bar.stop(),
  };
}
