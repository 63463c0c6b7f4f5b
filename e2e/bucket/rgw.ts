import { type ObjectStore, s3Objects } from '@vision-cache/arrow-store/s3';
import { spawnSync } from 'node:child_process';
import { createHmac, createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const SCRIPT = fileURLToPath(new URL('../../tools/s3/rgw.sh', import.meta.url));
const PROGRAMS = ['radosgw', 'radosgw-admin', 'ceph-mon', 'ceph-osd'];

/** Why there is no server here, undefined if there can be one. */
export const missing = PROGRAMS.find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);

export const credentials = { accessKeyId: 'vision', secretAccessKey: 'vision-secret' };

/** A real S3 server with an empty bucket. */
export interface Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: (prefix: string) => ObjectStore;
  readonly close: () => void;
}

export async function startServer(folder: string): Promise<Server> {
  const own = join(folder, 'rgw');
  const { status, stdout, stderr } = spawnSync(SCRIPT, ['up', own], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`rgw.sh ended with ${String(status)}: ${stderr}`);
  const endpoint = stdout.trim();
  const bucket = 'team';
  await makeBucket(endpoint, bucket);
  return {
    endpoint,
    bucket,
    objects: (prefix) => s3Objects({ bucket, prefix, endpoint, credentials }),
    close: () => void spawnSync(SCRIPT, ['down', own]),
  };
}

/** The store has no verb for it, on purpose; so it is signed by hand here. */
async function makeBucket(endpoint: string, bucket: string): Promise<void> {
  const date = new Date().toISOString().replace(/[:-]|\.\d{3}/g, '');
  const day = date.slice(0, 8);
  const { host } = new URL(endpoint);
  const payload = 'UNSIGNED-PAYLOAD';
  const signed = 'host;x-amz-content-sha256;x-amz-date';
  const canonical = `PUT\n/${bucket}\n\nhost:${host}\nx-amz-content-sha256:${payload}\nx-amz-date:${date}\n\n${signed}\n${payload}`; // prettier-ignore
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const key = ['us-east-1', 's3', 'aws4_request'].reduce(hmac, hmac(`AWS4${credentials.secretAccessKey}`, day));
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${hmac(key, text).toString('hex')}`; // prettier-ignore
  const headers = { authorization, 'x-amz-content-sha256': payload, 'x-amz-date': date };
  const { status } = await fetch(`${endpoint}/${bucket}`, { method: 'PUT', headers });
  if (status !== 200) throw new Error(`the bucket could not be made: ${status}`);
}
