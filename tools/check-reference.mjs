// TypeDoc, over every public entry at once: every class, function and value has a sentence, and every link leads
// somewhere. A type may have none where its name and its members say it all.
// Writes nothing; `npm run docs:api` writes the reference, package by package.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, LogLevel, ReflectionKind } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));

const DOCUMENTED = [ReflectionKind.Class, ReflectionKind.Function, ReflectionKind.Variable];

/** @returns {Promise<{ problems: string[], entries: number }>} */
async function checkReference() {
  const entryPoints = readdirSync(join(root, 'packages')).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    return Object.values(manifest.exports)
      .map((target) => target['@vision-cache/source'])
      .filter(Boolean)
      .map((source) => join(root, 'packages', name, source));
  });
  const app = await Application.bootstrap({
    entryPoints,
    entryPointStrategy: 'resolve',
    tsconfig: join(root, 'tsconfig.base.json'),
    compilerOptions: { composite: false, noEmit: true, lib: ['es2022', 'dom'], types: ['node'] },
    skipErrorChecking: true,
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    sourceLinkTemplate: '{path}',
    gitRevision: 'main',
    readme: 'none',
    logLevel: 'None',
    validation: { notExported: false, invalidLink: true, invalidPath: true, rewrittenLink: true, notDocumented: false },
  });
  const problems = [];
  const { logger } = app;
  logger.level = LogLevel.Warn;
  logger.addContext = (message) => message;
  logger.log = (message, level) => {
    // A member of a union may say its default all the same.
    const isDefaultOfMember = message.endsWith('should not contain any block or modifier tags');
    if (level >= LogLevel.Warn && !isDefaultOfMember) problems.push(message.replaceAll(root, ''));
  };
  const project = await app.convert();
  if (project === undefined) problems.push('TypeDoc made nothing');
  else {
    app.validate(project);
    for (const each of project.children.flatMap(({ children = [] }) => children)) {
      const said = [each, ...(each.signatures ?? [])].some((part) => part.hasComment());
      if (each.kindOf(DOCUMENTED) && !said) problems.push(`${each.getFullName()} has no sentence`);
    }
  }
  return { problems, entries: entryPoints.length };
}

const { problems, entries } = await checkReference();
for (const problem of problems) console.error(`check-reference: ${problem}`);
console.log(`check-reference: ${entries} entries, ${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);
