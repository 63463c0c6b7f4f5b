export { EXIT, type ExitCode } from './contract/exit-codes.ts';
export { type Io } from './contract/io.ts';
export { run } from './run.ts';
