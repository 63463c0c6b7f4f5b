import { cacheKey } from '@vision-cache/cache-keys';
import { VisionDataClient } from '@vision-cache/vision-client';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import { describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const GUIDE = fileURLToPath(new URL('../../docs/bucket.md', import.meta.url));
const hasNginx = spawnSync('nginx', ['-v']).status === 0;
const describeHere = hasNginx ? describe : describe.skip;
if (!hasNginx) console.warn('skipped: the caching proxy needs nginx (apt-get install nginx-light)');

/** The lines of the guide, with the archive, the port and the folder of this test in place of theirs. */
function configuration(folder: string, port: number, archive: string): string {
  const [, lines] = /```nginx\n([\s\S]*?)```/.exec(readFileSync(GUIDE, 'utf8'))!;
  expect(lines!.trim().split('\n')).toHaveLength(15);
  const site = lines!
    .replace('https://data.binance.vision', archive)
    .replace('listen 8080', `listen 127.0.0.1:${port}`)
    .replace('/var/cache/nginx/vision', `${folder}/cache`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`); // prettier-ignore
  return `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http { access_log off; ${temporary.join(' ')}
${site} }`;
}

describeHere('nginx in front of the archive, as the guide has it', () => {
  it('asks the archive once where twenty ask at the same time', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vision-cache-proxy-'));
    const server = await startArchiveServer(createSyntheticArchive());
    const port = await freePort();
    for (const name of ['cache', 'proxy']) mkdirSync(join(folder, name));
    for (const name of ['', 'cache', 'proxy']) chmodSync(join(folder, name), 0o777); // Its workers are somebody else.
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, server.baseUrl));
    const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')]);
    const baseUrl = `http://127.0.0.1:${port}`;
    try {
      await answers(baseUrl);
      server.forget();
      const key = { symbol: 'BTCUSDT', interval: '1h', date: '2024-01-02' } as const;
      const clients = Array.from(
        { length: 20 },
        () => new VisionDataClient({ baseUrl, listingUrl: server.listingUrl }),
      );
      const found = await Promise.all(clients.map((client) => client.fetch(cacheKey(key))));
      expect(found.map((each) => each.status === 'ok' && each.batch.numRows)).toEqual(clients.map(() => 24));
      const asked = server.requests.map(({ path }) => path.split('/').at(-1));
      expect(asked.sort()).toEqual(['BTCUSDT-1h-2024-01-02.zip', 'BTCUSDT-1h-2024-01-02.zip.CHECKSUM']);
    } finally {
      nginx.kill();
      await once(nginx, 'close');
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const isUp = await fetch(`${url}/nothing`).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nginx does not answer');
}
