// Serves the zips of a folder, each with its CHECKSUM, under the archive's names; prints its address.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { visionObjectKey } from '@vision-cache/cache-keys';
import { keyOfZip } from './ingest-contestants.mjs';

const folder = process.argv[2];
const bodies = new Map();
for (const file of readdirSync(folder)) {
  const body = readFileSync(join(folder, file));
  const path = `/${visionObjectKey(keyOfZip(file))}`;
  bodies.set(path, body);
  bodies.set(`${path}.CHECKSUM`, Buffer.from(`${createHash('sha256').update(body).digest('hex')}  ${file}\n`));
}
const server = createServer((request, response) => {
  const body = bodies.get(request.url);
  response.writeHead(body === undefined ? 404 : 200, { 'content-length': body?.length ?? 0 });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
