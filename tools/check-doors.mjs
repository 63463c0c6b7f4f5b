// The doors of the published packages: no name is exported that nothing shows or uses, no value that no test names, no class extends one that cannot be
// imported, and two doors of one package mean the same thing by a name. The report of every signature is docs/api.md, which
// `tools/api-reference.mjs --check` holds to the sources; types that two packages state are held equal by
// e2e/contracts/equal-types.test.ts. Prints how many names each door has.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { doorsOf, hiddenBases, signaturesOf, unusedNames } from './figures/doors.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const GENERATED = ['docs/api.md', 'docs/options.md', 'CHANGELOG.md'];

const read = (file) => readFileSync(join(root, file), 'utf8');
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const texts = new Map(
  tracked
    .filter((file) => /\.(ts|mts|mjs|cjs|md|ipynb)$/.test(file))
    .filter((file) => !GENERATED.includes(file) && !file.startsWith('.nx/'))
    .flatMap((file) => {
      try {
        return [[file, read(file)]];
      } catch {
        return []; // Removed and not yet committed.
      }
    }),
);
/** Every word of every test. What a door only passes on from inside is tested where it is written. */
const tested = new Set(
  [...texts]
    .filter(([file]) => /\.(test|deep)\.ts$/.test(file) || /^e2e\/.*\.[mc]?[tj]s$/.test(file))
    .flatMap(([, text]) => text.match(/[A-Za-z_$][\w$]*/g) ?? []),
);

const problems = [];
const doors = doorsOf(root);
/** Where a name of a package is declared. @type {Map<string, string>} */
const declared = new Map();
for (const door of doors) {
  const of = door.project;
  const own = signaturesOf(
    doors.filter(({ project }) => project === of),
    read,
  );
  console.log(`${String(door.names.length).padStart(5)} names of ${door.door}`);
  for (const name of unusedNames(door, texts, own)) {
    problems.push(`${door.door} exports ${name}, which no README, guide, example, signature or other project names`);
  }
  for (const { name, isType } of door.names)
    if (!isType && !tested.has(name)) problems.push(`${door.door} exports ${name}, which no test names`);
  for (const hidden of hiddenBases(door, own)) problems.push(`${door.door}: ${hidden}, which it does not export`);
  for (const { name, from } of door.names) {
    const place = declared.get(`${of} ${name}`);
    if (place !== undefined && place !== from) problems.push(`${of}: ${name} is of ${place} and of ${from}`);
    declared.set(`${of} ${name}`, from);
  }
}
for (const problem of problems) console.log(`  ${problem}`);
console.log(`check-doors: ${doors.length} doors, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
