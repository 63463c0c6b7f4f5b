import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { removeTempFolders, startCommand, tempFolder } from './__fixtures__/command.fixture.ts';
import { INSTEAD } from './parts/cache-root.ts';

const GUIDE = fileURLToPath(new URL('../../../docs/bucket.md', import.meta.url));
const REFERENCE = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url));

/** Of each command what the guide says of it on a bucket. */
function guide(): Map<string, string> {
  const [, table] = /## The commands\n([\s\S]*?)\n## /.exec(readFileSync(GUIDE, 'utf8'))!;
  const rows = [...table!.matchAll(/^\| (`.*?) *\| (.*?) *\|$/gm)];
  return new Map(rows.flatMap(([, names, text]) => [...names!.matchAll(/`(\w+)`/g)].map(([, name]) => [name!, text!])));
}

/** A line that gets as far as the cache. */
const LINES: Readonly<Record<string, string>> = {
  sync: 'sync BTCUSDT --interval 1h --from 2024-01-01',
  show: 'show BTCUSDT/1h',
  head: 'head BTCUSDT/1h',
  tail: 'tail BTCUSDT/1h',
  cat: 'cat BTCUSDT/1h',
  export: 'export BTCUSDT/1h --to FOLDER',
  import: 'import FOLDER',
  availability: 'availability BTCUSDT',
  prune: 'prune --before 2023-01-01',
  repack: 'repack --daily',
  serve: 'serve --port 0',
};

afterAll(removeTempFolders);

describe('a command whose cache is a bucket', () => {
  const told = guide();

  it('stands in the guide, whichever it is', () => {
    const routes = [...readFileSync(REFERENCE, 'utf8').matchAll(/^## vision-cache (\w+)$/gm)].map(([, name]) => name!);
    expect([...told.keys(), 'completions'].sort()).toEqual(routes.sort());
  });

  it.each([...told])('%s: %s', async (name, text) => {
    if (name === 'migrate') return; // It takes folders by flags of its own.
    const folder = tempFolder();
    const line = (LINES[name] ?? name).replace('FOLDER', folder);
    const environment = {
      PATH: process.env['PATH'],
      VISION_CACHE_DIR: 's3://team/data',
      VISION_CACHE_LOCAL: folder,
      // Nobody listens there, and nobody has the credentials.
      VISION_CACHE_S3_ENDPOINT: 'http://127.0.0.1:9',
      VISION_CACHE_ARCHIVE_URL: 'http://127.0.0.1:9',
      NO_COLOR: '1',
    };
    const { code, err } = await startCommand(line.split(' '), environment).ended;
    if (text.startsWith('no: ')) {
      expect(text.slice('no: '.length)).toBe(INSTEAD[name as keyof typeof INSTEAD]);
      expect([code, err]).toEqual([2, expect.stringContaining(`E_NEEDS_FOLDER: s3://team/data is a bucket`)]);
      expect(err).toContain(`${text.slice('no: '.length)}.`);
    } else {
      // It has asked for what the bucket is opened with.
      expect(err).toContain('E_CREDENTIALS: No credentials for the bucket');
      expect(code).toBe(2);
    }
  });
});
