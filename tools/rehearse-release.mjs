// A rehearsal of a release, from the commits to a stranger's project: `nx release` versions all packages in a clone,
// publishes them to a registry of this machine (verdaccio, on loopback, with a storage of its own), and an empty project
// installs them from there by name and runs the README's example. The registry ends with the rehearsal, and the
// repository, its tags and its changelog stay as they are.
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { claims } from './claims.mjs';
import { readDocument } from './markdown.mjs';
import { publishable } from './pack.mjs';
import { runProgram } from './run-program.mjs';
import { removeScratch, scratchClone } from './scratch-copy.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, 'e2e/package-install/test-output/rehearsal.json');
const work = realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-release-')));
const { claim, skip, close } = claims('release, rehearsed');
const fail = (message) => {
  throw new Error(message);
};

/** The registry's program, from the lock file beside its package.json. */
async function installRegistry() {
  const folder = join(root, 'node_modules/.cache/verdaccio');
  const program = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  const lock = (place) => readFileSync(join(place, 'package-lock.json'), 'utf8');
  const from = join(root, 'tools/verdaccio');
  if (!existsSync(program) || lock(folder) !== lock(from)) {
    mkdirSync(folder, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(from, file), join(folder, file));
    await runProgram('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], folder);
  }
  return program;
}

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** Our packages are from here alone; what they depend on comes from the registry that this machine uses anyway. */
async function startRegistry(program) {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { cwd: tmpdir(), encoding: 'utf8' });
  const port = await freePort();
  const open = { access: '$all', publish: '$all', unpublish: '$all' };
  const configuration = {
    storage: join(work, 'storage'),
    auth: { htpasswd: { file: join(work, 'htpasswd') } },
    uplinks: { npm: { url: stdout.trim() } },
    packages: { '@vision-cache/*': open, '**': { ...open, proxy: 'npm' } },
    log: { type: 'stdout', level: 'error' },
    web: { enable: false },
  };
  // JSON is YAML.
  writeFileSync(join(work, 'verdaccio.yaml'), JSON.stringify(configuration));
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [program, '--config', join(work, 'verdaccio.yaml'), '--listen', url.slice(7)], {
    cwd: work,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  child.stderr.on('data', (chunk) => (said += chunk));
  process.on('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) fail(`the registry ended: ${said}`);
    const isUp = await fetch(`${url}/-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) return { url, stop: () => child.kill('SIGTERM') };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return fail(`the registry did not start: ${said}`);
}

/** For whoever talks to the registry: it takes any token, and npm does not publish without one. */
function npmrc(folder, url) {
  writeFileSync(join(folder, '.npmrc'), `registry=${url}/\n${url.slice(5)}/:_authToken=rehearsal\n`);
}

/** A clone with two commits that concern users of packages, as `nx release` reads them. */
function cloneWithNews(url) {
  const clone = scratchClone();
  const git = (...args) => {
    const { status, stderr } = spawnSync('git', args, { cwd: clone, encoding: 'utf8' });
    if (status !== 0) fail(`git ${args.join(' ')}: ${stderr}`);
  };
  git('config', 'user.name', 'rehearsal');
  git('config', 'user.email', 'rehearsal@example.invalid');
  git('config', 'commit.gpgsign', 'false');
  for (const [name, subject] of [
    ['cache-keys', 'feat(cache-keys): a rehearsed feature'],
    ['arrow-store', 'fix(arrow-store): a rehearsed repair'],
  ]) {
    appendFileSync(join(clone, 'packages', name, 'README.md'), '\n');
    git('commit', '--quiet', '--all', '--message', subject);
  }
  npmrc(clone, url);
  return clone;
}

/** The README's example in a project that has nothing but what the README installs. */
async function tryAsStranger(url, version) {
  const project = join(work, 'stranger');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "stranger", "version": "1.0.0", "private": true }');
  npmrc(project, url);
  const { blocks } = readDocument('README.md');
  const lines = blocks.flatMap((block) => block.lines);
  const install = lines.find((line) => line.startsWith('npm install @')) ?? fail('README.md installs nothing');
  await runProgram('npm', [...install.split(' ').slice(1), '--no-audit', '--no-fund', '--loglevel=error'], project);
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'));
  const ours = Object.entries(lock.packages).filter(([place]) => place.startsWith('node_modules/@vision-cache/'));
  for (const [place, entry] of ours) if (entry.version !== version) fail(`${place} is of version ${entry.version}`);
  if (ours.length !== publishable().length) fail(`installed are ${ours.map(([place]) => place).join(', ')}`);

  const example = blocks.find(({ info }) => info === 'ts') ?? fail('README.md has no example');
  writeFileSync(join(project, 'bars.mjs'), example.lines.join('\n'));
  cpSync(join(root, 'e2e/package-install/offline-binance.mjs'), join(project, 'offline-binance.mjs'));
  const printed = await runProgram(process.execPath, ['offline-binance.mjs', 'bars.mjs'], project, {
    timeoutMs: 120_000,
  });
  if (!/Float64Array\(44640\)/.test(printed) || !/\] true/.test(printed)) fail(`it printed:\n${printed}`);
  return `${ours.length} packages of ${version}`;
}

let program;
try {
  program = await installRegistry();
} catch (error) {
  skip('a release', `verdaccio cannot be installed here: ${String(error.message).split('\n')[0]}`);
}
if (program) {
  let registry;
  let clone;
  try {
    registry = await startRegistry(program);
    clone = cloneWithNews(registry.url);
    const nx = (...args) =>
      runProgram(
        process.execPath,
        [createRequire(import.meta.url).resolve('nx/bin/nx.js'), 'release', ...args],
        clone,
        {
          env: {
            NX_DAEMON: 'false',
            NX_TUI: 'false',
            NX_WORKSPACE_ROOT_PATH: clone,
            NPM_CONFIG_USERCONFIG: join(clone, '.npmrc'),
          },
        },
      );
    const manifests = () =>
      publishable().map(({ name }) => JSON.parse(readFileSync(join(clone, 'packages', name, 'package.json'), 'utf8')));
    let version;
    await claim(
      'every package gets one version, from the commits, and the others that it needs in that version',
      async () => {
        const before = manifests()[0].version;
        await nx('--skip-publish');
        version = manifests()[0].version;
        if (version === before) fail(`it is still ${before}`);
        for (const { name, version: own, dependencies = {} } of manifests()) {
          if (own !== version) fail(`${name} has ${own}, not ${version}`);
          for (const [needed, range] of Object.entries(dependencies))
            if (needed.startsWith('@vision-cache/') && range !== version) fail(`${name} needs ${needed} in ${range}`);
        }
        return `${before} → ${version}`;
      },
    );
    await claim('the changelog tells of the commits, and the commit is tagged', () => {
      const changelog = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
      for (const said of [version, 'a rehearsed feature', 'a rehearsed repair'])
        if (!changelog.includes(said)) fail(`CHANGELOG.md lacks "${said}":\n${changelog.slice(0, 600)}`);
      const { stdout } = spawnSync('git', ['tag', '--points-at', 'HEAD'], { cwd: clone, encoding: 'utf8' });
      if (stdout.trim() !== `v${version}`) fail(`the tag is "${stdout.trim()}"`);
    });
    await claim('nx release publish puts all of them into the registry', async () => {
      await nx('publish');
      for (const { name } of manifests()) {
        const answer = await fetch(`${registry.url}/${name.replace('/', '%2f')}`);
        const { 'dist-tags': tags } = await answer.json();
        if (tags?.latest !== version) fail(`${name}: ${answer.status} ${JSON.stringify(tags)}`);
      }
    });
    await claim("an empty project installs them by name, and runs the README's example", () =>
      tryAsStranger(registry.url, version),
    );
  } catch (error) {
    await claim('the rehearsal takes place', () => {
      throw error;
    });
  } finally {
    registry?.stop();
    if (clone) removeScratch(clone);
  }
}
rmSync(work, { recursive: true, force: true });
process.exit(close(results));
