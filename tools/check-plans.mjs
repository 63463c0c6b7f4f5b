// The version plans in .nx/version-plans: each is well formed, each published project that changed since the last release
// has one, and a branch (`--base REF`, else what it has beyond origin/main) brings one for each change that a user sees.
// A change that no user sees says so in a commit: `No-Plan: reason`, on a line of its own in the message.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { released } from './pack.mjs';

const root = process.env.VISION_CACHE_CHECK_ROOT ?? fileURLToPath(new URL('..', import.meta.url));
const PLANS = '.nx/version-plans';
const BUMPS = ['patch', 'minor', 'major'];
const NOT_SHIPPED = /\.(test|deep|fixture)\.|__fixtures__|\/test\/|rooms\.json$|jest\.config|tsconfig|tsup\./;

const git = (...args) => {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/** `---`, one line `__default__: minor`, `---`, and the text: `arrow-store, cli: what changes for a user`. */
const PLAN = /^---\n__default__: (?<bump>\w+)\n---\n+(?<names>[a-z-]+(?:, [a-z-]+)*): (?<text>[\s\S]*)$/;

const problems = [];
const projects = new Map(released(root).map(({ project, folder }) => [project, folder]));
const files = existsSync(join(root, PLANS))
  ? readdirSync(join(root, PLANS)).filter((name) => name.endsWith('.md'))
  : [];
/** Which plans name a project. @type {Map<string, string[]>} */
const plansOf = new Map([...projects.keys()].map((project) => [project, []]));
for (const file of files) {
  const say = (text) => problems.push(`${PLANS}/${file}: ${text}`);
  const { bump, names, text } = PLAN.exec(readFileSync(join(root, PLANS, file), 'utf8'))?.groups ?? {};
  if (bump === undefined) {
    say('write `---`, `__default__: minor`, `---`, an empty line, and `arrow-store, cli: what changes for a user`');
    continue;
  }
  if (!BUMPS.includes(bump)) say(`"${bump}" is none of ${BUMPS.join(', ')}`);
  if (text.trim().length < 20) say('it does not tell what changes for a user');
  for (const name of names.split(', ')) {
    if (projects.has(name)) plansOf.get(name).push(file);
    else say(`"${name}" is none of ${[...projects.keys()].join(', ')}`);
  }
}

/** The published projects whose shipped files differ between two commits. */
function changedProjects(from) {
  const changed = (git('diff', '--name-only', `${from}...HEAD`) ?? '').split('\n');
  return [...projects].flatMap(([project, folder]) =>
    changed.some((file) => file.startsWith(`${folder}/`) && !NOT_SHIPPED.test(file)) ? [project] : [],
  );
}

const lastTag = git('describe', '--tags', '--abbrev=0', '--match', 'v*');
const unreleased = lastTag ? changedProjects(lastTag) : [...projects.keys()];
for (const project of unreleased)
  if (plansOf.get(project).length === 0)
    problems.push(`${project} changed since ${lastTag ?? 'the beginning'} and no version plan names it`);

const at = process.argv.indexOf('--base');
const base = at > 0 ? process.argv[at + 1] : git('merge-base', 'HEAD', 'origin/main');
if (base && git('rev-parse', base) !== git('rev-parse', 'HEAD')) {
  if (git('rev-parse', '--verify', '--quiet', `${base}^{commit}`) === undefined)
    problems.push(`there is no commit "${base}"`);
  const brought = (git('diff', '--name-only', '--diff-filter=AM', `${base}...HEAD`, '--', PLANS) ?? '').split('\n');
  const excused = /^No-Plan: \S/m.test(git('log', '--format=%B', `${base}..HEAD`) ?? '');
  for (const project of excused ? [] : changedProjects(base))
    if (!plansOf.get(project).some((file) => brought.includes(`${PLANS}/${file}`)))
      problems.push(`${project} changes here, and no version plan of this branch names it (CONTRIBUTING.md, Release)`);
}

for (const problem of problems) console.error(`check-plans: ${problem}`);
console.log(`check-plans: ${files.length} plans for ${projects.size} published projects, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
