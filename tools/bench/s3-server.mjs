// A real S3 server on loopback for a bench, in a temporary folder; where there can be none, the bench says so and ends.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../s3/rgw.sh', import.meta.url));

/** Its endpoint, and the folder `base`, which the bench may use as well; `close` ends it and removes the folder. */
export function startS3Server(name) {
  const base = mkdtempSync(join(tmpdir(), `vision-cache-${name}-`));
  const remove = () => rmSync(base, { recursive: true, force: true });
  const { status, stdout, stderr } = spawnSync(script, ['up', join(base, 'rgw')], { encoding: 'utf8' });
  if (status !== 0) {
    console.log(`  no S3 server here, left out: ${stderr.trim()}`);
    remove();
    process.exit(0);
  }
  const close = () => {
    spawnSync(script, ['down', join(base, 'rgw')]);
    remove();
  };
  return { base, endpoint: stdout.trim(), close };
}
