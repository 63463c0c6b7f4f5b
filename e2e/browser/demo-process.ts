import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../tools/demo.mjs', import.meta.url));

export interface DemoRun {
  readonly code: number;
  readonly told: string;
  readonly complained: string;
}

export interface RunningDemo {
  readonly url: string;
  readonly told: () => string;
  stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Runs `npm run demo` with arguments until it ends; `temporary` is its folder for temporary files. */
export function runDemo(args: readonly string[], temporary?: string): Promise<DemoRun> {
  const { child, output } = start(args, temporary === undefined ? {} : { TMPDIR: temporary, TEMP: temporary });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, ...output })));
}

/** Runs it until its page can be opened. */
export function startDemo(args: readonly string[], temporary?: string): Promise<RunningDemo> {
  const { child, output } = start(args, temporary === undefined ? {} : { TMPDIR: temporary, TEMP: temporary });
  const ended = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)));
  const stop = async (signal: NodeJS.Signals = 'SIGINT'): Promise<number> => {
    child.kill(signal);
    return ended;
  };
  return new Promise((resolve, reject) => {
    child.stdout.on('data', () => {
      const url = /The page: (\S+)/.exec(output.told)?.[1];
      if (url !== undefined) resolve({ url, told: () => output.told, stop });
    });
    void ended.then((code) =>
      reject(new Error(`The demo ended with ${String(code)}: ${output.told}${output.complained}`)),
    );
  });
}

function start(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const output = { told: '', complained: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.complained += text));
  return { child, output };
}
