// Makes the demo once, before any test starts it: two test files at a time would each write the same bundles.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function makeDemo() {
  const entry = fileURLToPath(new URL('../../tools/demo.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [entry, '--help'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`The demo could not be made: it ended with ${String(status)}.`);
}
