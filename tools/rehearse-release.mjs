// A rehearsal of a release, from the commits to a stranger's project: `nx release` versions all packages in a clone,
// publishes them to a registry of this machine (verdaccio, on loopback, with a storage of its own), and an empty project
// installs them from there by name and runs the README's example. The registry ends with the rehearsal, and the
// repository, its tags and its changelog stay as they are.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
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
import { publishable, released } from './pack.mjs';
import { runProgram } from './run-program.mjs';
import { removeScratch, scratchClone } from './scratch-copy.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = join(root, 'e2e/package-install/test-output/rehearsal.json');
const work = realpathSync(mkdtempSync(join(tmpdir(), 'rehearse-release-')));
const PLANS = '.nx/version-plans';
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

/** A clone of what is committed, history and all, that talks to the registry. */
function cloneFor(url) {
  const clone = scratchClone();
  git(clone, 'config', 'user.name', 'rehearsal');
  git(clone, 'config', 'user.email', 'rehearsal@example.invalid');
  git(clone, 'config', 'commit.gpgsign', 'false');
  npmrc(clone, url);
  return clone;
}

function git(clone, ...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: clone, encoding: 'utf8' });
  if (status !== 0) fail(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** What `tools/check-plans.mjs` says of a clone. @returns {Promise<string>} '' when it finds nothing */
async function problemsOfPlans(clone, base) {
  const check = [join(root, 'tools/check-plans.mjs'), ...(base ? ['--base', base] : [])];
  return runProgram(process.execPath, check, clone, { env: { VISION_CACHE_CHECK_ROOT: clone } }).then(
    () => '',
    (error) => String(error.message),
  );
}

/** Shows that a change of a package needs a plan, in commits that are taken back. */
async function needsPlans(clone) {
  const base = git(clone, 'rev-parse', 'HEAD');
  const plan = join(clone, PLANS, 'rehearsed.md');
  try {
    const index = join(clone, 'packages/arrow-store/src/index.ts');
    writeFileSync(index, `${readFileSync(index, 'utf8')}\nexport const rehearsed = 1;\n`);
    git(clone, 'commit', '--quiet', '--all', '--message', 'arrow-store: a change');
    const without = await problemsOfPlans(clone, base);
    if (!without.includes('arrow-store changes here, and no version plan')) fail(`without a plan: ${without}`);
    writeFileSync(plan, '---\n__default__: minor\n---\n\narrow-store: a rehearsed change that a user sees.\n');
    git(clone, 'add', PLANS);
    git(clone, 'commit', '--quiet', '--message', 'arrow-store: say so');
    const withOne = await problemsOfPlans(clone, base);
    if (withOne !== '') fail(`with a plan: ${withOne}`);
    writeFileSync(plan, '---\n__default__: tiny\n---\n\nnobody: a rehearsed change that a user sees.\n');
    const wrong = await problemsOfPlans(clone, base);
    for (const said of ['"tiny" is none of', '"nobody" is none of'])
      if (!wrong.includes(said)) fail(`a wrong plan: ${wrong}`);
  } finally {
    git(clone, 'reset', '--quiet', '--hard', base);
    rmSync(plan, { force: true });
  }
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

/** The first install line and the first program of a package's README, in a project that has nothing else. */
async function tryReadme({ name, folder }, url) {
  const project = join(work, `readme-${name.replace(/\W+/g, '-')}`);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "reader", "version": "1.0.0", "private": true }');
  npmrc(project, url);
  const { blocks } = readDocument(`${folder}/README.md`);
  const [install] = blocks.find(({ info }) => info === 'sh')?.lines ?? [];
  if (!install?.startsWith('npm install ')) fail(`its first command is "${install}"`);
  await runProgram('npm', [...install.split(' ').slice(1), '--no-audit', '--no-fund', '--loglevel=error'], project);
  const example = blocks.find(({ info }) => info === 'ts') ?? fail('it has no program');
  writeFileSync(join(project, 'program.mjs'), example.lines.join('\n'));
  const asksBinance = install.includes('vision-client');
  if (asksBinance) cpSync(join(root, 'e2e/package-install/offline-binance.mjs'), join(project, 'offline-binance.mjs'));
  const args = asksBinance ? ['offline-binance.mjs', './program.mjs'] : ['program.mjs'];
  await runProgram(process.execPath, args, project, { timeoutMs: 120_000 });
}

/** The first commands of the command's README, as they stand, with an archive on this machine in place of Binance's. */
async function tryCommandsOfReadme(folder, url) {
  const project = join(work, 'readme-command');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "reader", "version": "1.0.0", "private": true }');
  npmrc(project, url);
  cpSync(join(root, 'e2e/package-install/serve-archive.mjs'), join(work, 'stranger', 'serve-archive.mjs'));
  const server = spawn(process.execPath, ['serve-archive.mjs'], {
    cwd: join(work, 'stranger'),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(server.stdout, 'data');
    const env = { ...JSON.parse(String(line)), VISION_CACHE_DIR: join(project, 'cache'), npm_config_yes: 'true' };
    const { blocks } = readDocument(`${folder}/README.md`);
    const commands = (blocks.find(({ info }) => info === 'sh') ?? fail('it has no command')).lines;
    for (const command of commands) {
      const [program, ...args] = command.split(' #')[0].trim().split(/\s+/);
      const said = await runProgram(program, args, project, { env, timeoutMs: 120_000 });
      if (said.trim() === '') fail(`"${command}" says nothing`);
    }
    return `${commands.length} commands`;
  } finally {
    server.stdin.end();
  }
}

/** `npx vision-cache` in a project that has nothing yet. */
async function tryCommand(url, version) {
  const project = join(work, 'command');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "version": "1.0.0", "private": true }');
  npmrc(project, url);
  const npx = (...args) =>
    runProgram('npm', ['exec', '--yes', '--', 'vision-cache', ...args], project, { timeoutMs: 120_000 });
  const said = await npx('--version');
  if (!said.includes(version)) fail(`--version says ${said}`);
  const help = await npx('--help');
  if (!help.includes('sync')) fail(`--help says ${help}`);
  return `vision-cache ${version}`;
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
    clone = cloneFor(registry.url);
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
      released(root).map(({ folder }) => JSON.parse(readFileSync(join(clone, folder, 'package.json'), 'utf8')));
    const plans = readdirSync(join(clone, PLANS)).map((name) => readFileSync(join(clone, PLANS, name), 'utf8'));
    let version;
    await claim('a change that a user sees needs a version plan, and a plan of the right form', () =>
      needsPlans(clone),
    );
    await claim('every published project that changed since the last release has a version plan', async () => {
      const problems = await problemsOfPlans(clone);
      if (problems !== '') fail(problems);
      return `${plans.length} plans over ${git(clone, 'rev-list', '--count', 'HEAD')} commits`;
    });
    await claim(
      'every package gets one version, from the plans, and the others that it needs in that version',
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
    await claim('the changelog tells what each plan tells, once; the plans go, and the commit is tagged', () => {
      const changelog = readFileSync(join(clone, 'CHANGELOG.md'), 'utf8');
      const sentences = plans.map((plan) => plan.split(/^---$/m)[2].trim().split('\n')[0]);
      for (const said of [`## ${version}`, ...sentences]) {
        const times = changelog.split(said).length - 1;
        if (times !== 1) fail(`CHANGELOG.md says ${times} times "${said}":\n${changelog.slice(0, 600)}`);
      }
      const left = existsSync(join(clone, PLANS)) ? readdirSync(join(clone, PLANS)) : [];
      if (left.length > 0) fail(`plans are left: ${left.join(', ')}`);
      const tag = git(clone, 'tag', '--points-at', 'HEAD');
      if (tag !== `v${version}`) fail(`the tag is "${tag}"`);
      return `${sentences.length} entries`;
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
    await claim('an empty project runs the command by its name', () => tryCommand(registry.url, version));
    for (const { manifest, folder } of released(root)) {
      await claim(`what the README of ${manifest.name} shows first runs as it stands`, () =>
        manifest.bin === undefined
          ? tryReadme({ name: manifest.name, folder }, registry.url)
          : tryCommandsOfReadme(folder, registry.url),
      );
    }
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
