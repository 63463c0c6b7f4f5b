// Prints two figures of one cold day of 1m: source files of which a function runs while it is answered (by V8's precise
// coverage), and calls from a folder into one above it in its package's rooms.json, as far as an import leads there.
// Functions that are handed down are no such calls.
//   node --conditions=@vision-cache/source --import ./e2e/workflow/typescript-hooks.mjs tools/engine-figures.mjs
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnifiedCacheManager } from '@vision-cache/arrow-store';
import { DataSourceManager } from '@vision-cache/data-source-manager';
import { VisionDataClient } from '@vision-cache/vision-client';
import { BinanceRestClient } from '@vision-cache/vision-client/rest';
import { createSyntheticArchive, startArchiveServer } from '@vision-cache/vision-client/testing';
import { roomOf, roomsOf, upward } from './eslint/rooms.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const GOALS = { entered: 75, back: 15 };
const NOW = Date.parse('2024-03-20T12:30:00Z');
const now = () => NOW;

const folder = mkdtempSync(join(tmpdir(), 'vision-cache-figures-'));
const symbols = [{ symbol: 'BTCUSDT', listed: '2024-01-01' }];
const server = await startArchiveServer(createSyntheticArchive({ now: NOW, symbols }));
const session = new Session();
session.connect();
try {
  const cache = new UnifiedCacheManager({ root: folder, now });
  const sources = [
    new VisionDataClient({ baseUrl: server.baseUrl, listingUrl: server.listingUrl, now }),
    new BinanceRestClient({ baseUrls: server.restUrls, now }),
  ];
  const manager = new DataSourceManager({ cache, sources, now });
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  await session.post('Profiler.takePreciseCoverage'); // What ran before is no part of the day.
  const day = { symbol: 'BTCUSDT', interval: '1m', start: '2024-02-05', end: '2024-02-06' };
  const { batch } = await manager.getKlines(day);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  print(batch.numRows, enteredFiles(result));
} finally {
  session.disconnect();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Source files of packages by path, each with the names of its functions that ran. */
function enteredFiles(scripts) {
  const entered = new Map();
  for (const { url, functions } of scripts) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) continue;
    const file = relative(root, fileURLToPath(url));
    if (!file.startsWith('packages/') || file.includes('/src/testing/')) continue;
    // The first function is the module itself, which ran when it was loaded.
    const ran = functions.slice(1).filter(({ ranges }) => ranges[0].count > 0);
    if (ran.length > 0)
      entered.set(file, new Map(ran.map(({ functionName, ranges }) => [functionName, ranges[0].count])));
  }
  return entered;
}

/** Functions of a higher folder that a lower one imports and that ran: one going back each. */
function goingsBack(entered) {
  const back = [];
  for (const file of entered.keys()) {
    const project = join(root, ...file.split('/').slice(0, 2));
    const rooms = roomsOf(project);
    if (rooms === undefined) continue;
    const source = readFileSync(join(root, file), 'utf8');
    for (const [, names, from] of source.matchAll(/^import \{([^}]*)\} from '(\.[^']+)'/gm)) {
      const target = resolve(root, dirname(file), from);
      if (!existsSync(target)) continue;
      const [here, there] = [join(root, file), target].map((path) =>
        roomOf(rooms.order, relative(join(project, 'src'), path)),
      );
      if (upward(rooms.order, here, there) !== 'up') continue;
      const ran = entered.get(relative(root, target));
      for (const name of names.split(',').map((each) => each.trim())) {
        if (!name.startsWith('type ') && ran?.has(name))
          back.push(`${file} calls ${name} of ${relative(root, target)}`);
      }
    }
  }
  return back;
}

function print(rows, entered) {
  if (entered.size === 0) throw new Error('no source of a package ran: start it as the comment at its head says');
  const byPackage = new Map();
  for (const file of entered.keys()) {
    const name = file.split('/')[1];
    byPackage.set(name, (byPackage.get(name) ?? 0) + 1);
  }
  const back = goingsBack(entered);
  console.log(`a cold day of 1m, ${rows} rows`);
  console.log(`files entered: ${entered.size} (goal: at most ${GOALS.entered})`);
  for (const [name, count] of byPackage) console.log(`  ${name}: ${count}`);
  console.log(`goings back: ${back.length} (goal: at most ${GOALS.back})`);
  for (const line of back) console.log(`  ${line}`);
  if (process.argv.includes('--files')) for (const file of [...entered.keys()].sort()) console.log(file);
}
