// Every package has the same skeleton, says the same things about itself, and has no room for what belongs nowhere.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tooManyAssertions } from './check-assertions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const FILES = [
  'LICENSE',
  'README.md',
  'jest.config.cjs',
  'package.json',
  'src/index.ts',
  'tsconfig.build.json',
  'tsconfig.json',
  'tsconfig.lib.json',
  'tsconfig.spec.json',
  'tsup.config.mjs',
];
const HOMELESS = /^(utils?|common|shared|helpers?|misc|types)(\.ts)?$/;

const problems = [];
const read = (...path) => readFileSync(join(root, ...path), 'utf8');
const workspace = JSON.parse(read('package.json'));
const license = read('LICENSE');
const names = readdirSync(join(root, 'packages'));

for (const name of names) {
  const say = (text) => problems.push(`packages/${name}: ${text}`);
  for (const file of FILES) if (!existsSync(join(root, 'packages', name, file))) say(`${file} is missing`);
  const manifest = JSON.parse(read('packages', name, 'package.json'));
  const expected = {
    name: `@vision-cache/${name}`,
    version: workspace.version,
    license: 'MIT',
    type: 'module',
    sideEffects: false,
  };
  for (const [field, value] of Object.entries(expected)) {
    if (manifest[field] !== value)
      say(`package.json: ${field} is ${JSON.stringify(manifest[field])}, not ${JSON.stringify(value)}`);
  }
  if (manifest.engines?.node !== '>=20.15') say('package.json: engines.node is not ">=20.15"');
  if (read('packages', name, 'LICENSE') !== license) say('LICENSE differs from the one at the top');
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (subpath === './package.json') continue;
    if (Object.keys(target).join() !== '@vision-cache/source,import,require')
      say(`package.json: exports["${subpath}"] has another shape`);
    else if (!existsSync(join(root, 'packages', name, target['@vision-cache/source'])))
      say(`exports["${subpath}"] has no source`);
  }
  for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
    if (dependency.startsWith('@vision-cache/') && range !== workspace.version)
      say(`${dependency} is not pinned to ${workspace.version}`);
  }
  for (const kind of ['type', 'scope', 'platform']) {
    if (!manifest.nx?.tags?.some((tag) => tag.startsWith(`${kind}:`))) say(`no tag ${kind}:`);
  }
  for (const entry of readdirSync(join(root, 'packages', name, 'src'), { recursive: true })) {
    if (
      String(entry)
        .split(/[/\\]/)
        .some((part) => HOMELESS.test(part))
    )
      say(`src/${entry}: name a file for its idea`);
  }
}

problems.push(...tooManyAssertions(names.map((name) => `packages/${name}`)));
for (const problem of problems) console.error(`check-skeleton: ${problem}`);
console.log(`check-skeleton: ${names.length} packages, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
