/** Told by a command as it goes on; whoever runs it shows it. */
export interface Progress {
  start(total: number | undefined, bytes: number | undefined): void;
  advance(files: number, bytes: number): void;
  stop(): void;
}
