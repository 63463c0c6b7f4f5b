// Documents are checked like code: relative links and anchors resolve, every block fenced as `ts` compiles against the
// sources, each as a module of its own, and runs. A block that shows a shape and not a program is fenced as `ts ignore`.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { checkMetrics } from './emitted-metrics.mjs';
import { documents, moduleName, readDocument } from './markdown.mjs';
import { runCommands } from './run-commands.mjs';
import { runBlocks } from './run-documents.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const problems = [];

/** GitHub's anchors: lower case, punctuation gone, spaces to hyphens, repeats numbered. */
const anchorsOf = (() => {
  const known = new Map();
  return (file) => {
    if (known.has(file)) return known.get(file);
    const anchors = new Set();
    const text = readFileSync(join(root, file), 'utf8').replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
    for (const [, heading] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
      const slug = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/[`*]/g, '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, '')
        .replaceAll(' ', '-');
      let name = slug;
      for (let n = 1; anchors.has(name); n += 1) name = `${slug}-${n}`;
      anchors.add(name);
    }
    for (const [, id] of text.matchAll(/<[a-z]+[^>]*\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
    known.set(file, anchors);
    return anchors;
  };
})();

let links = 0;
function checkLink(file, line, target) {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return;
  links += 1;
  const [path, anchor] = decodeURI(target).split('#');
  const place = path === '' ? join(root, file) : resolve(root, dirname(file), path);
  const inside = relative(root, place);
  if (path.startsWith('/') || inside.startsWith('..'))
    problems.push(`${file}:${line} "${target}" leaves the repository`);
  else if (!existsSync(place)) problems.push(`${file}:${line} "${target}" does not exist`);
  else if (anchor && inside.endsWith('.md') && !anchorsOf(inside).has(anchor))
    problems.push(`${file}:${line} "${target}": no such heading`);
  else if (anchor && statSync(place).isDirectory())
    problems.push(`${file}:${line} "${target}": a folder has no headings`);
}

const code = [];
const files = documents();
for (const file of files) {
  const { prose, blocks, open } = readDocument(file);
  if (open) problems.push(`${file}:${open} the code block is not closed`);
  for (const [index, line] of prose.entries()) {
    for (const [, target] of line.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g))
      checkLink(file, index + 1, target);
    const [, definition] = /^\s{0,3}\[[^\]^]+\]:\s*<?(\S+?)>?(\s|$)/.exec(line) ?? [];
    if (definition) checkLink(file, index + 1, definition);
    for (const [, target] of line.matchAll(/\b(?:href|src)="([^"]+)"/g)) checkLink(file, index + 1, target);
  }
  code.push(...blocks.filter(({ info }) => info === 'ts'));
}

/** Whoever copies a document's install line has every package that its blocks import. */
function checkInstalls() {
  for (const file of files.filter((each) => /^(README|packages\/[^/]+\/README)\.md$/.test(each))) {
    const { blocks } = readDocument(file);
    const installed = new Set(
      blocks.flatMap(({ lines }) => lines.flatMap((line) => /^npm install (@.+)$/.exec(line)?.[1].split(' ') ?? [])),
    );
    for (const { line, lines } of blocks.filter(({ info }) => info === 'ts')) {
      for (const [, name] of lines.join('\n').matchAll(/from '(?!node:)((?:@[\w-]+\/)?[\w-]+)/g))
        if (!installed.has(name)) problems.push(`${file}:${line} imports ${name}, which no line here installs`);
    }
  }
}

/** Whoever copies a program into a file that ends in .mjs, as these documents say, has JavaScript. */
function checkPlain() {
  const seen = new Set();
  for (const { file, line, lines } of code) {
    const isFirst = !seen.has(file);
    seen.add(file);
    if (!/^(README|docs\/guides)\.md$/.test(file) && !(isFirst && /^packages\/[^/]+\/README\.md$/.test(file))) continue;
    try {
      transformSync(lines.join('\n'), { loader: 'js', logLevel: 'silent' });
    } catch (error) {
      problems.push(`${file}:${line} is no JavaScript: ${error.errors[0].text}`);
    }
  }
}

/** Compiles all blocks in one program, as modules that lie beside the root's package.json. */
function compileBlocks() {
  const sources = new Map(
    code.map((block, index) => [join(root, `${moduleName(block) ?? `document-block-${index}`}.mts`), block]),
  );
  if (sources.size < code.length) problems.push('two blocks have one name in their first line');
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile).config.compilerOptions,
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      noEmit: true,
      lib: ['ES2022', 'DOM'],
      types: ['node'],
    },
    root,
  );
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  const textOf = (name) => (sources.has(name) ? `${sources.get(name).lines.join('\n')}\nexport {};\n` : undefined);
  host.fileExists = (name) => sources.has(name) || fileExists.call(host, name);
  host.readFile = (name) => textOf(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, languageVersion, ...rest) =>
    sources.has(name)
      ? ts.createSourceFile(name, textOf(name), languageVersion, true)
      : getSourceFile.call(host, name, languageVersion, ...rest);
  const program = ts.createProgram([...sources.keys()], options, host);
  for (const [name, block] of sources) {
    const source = program.getSourceFile(name);
    for (const diagnostic of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
      const { line } = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      problems.push(`${block.file}:${block.line + line + 1} does not compile: ${text}`);
    }
  }
}

// Beside the compiler, which keeps this process busy.
const running = runBlocks(code);
await new Promise((resolve) => setTimeout(resolve, 1));
compileBlocks();
checkInstalls();
checkPlain();
const ran = await running;
const commands = await runCommands('README.md');
const metrics = await checkMetrics();
problems.push(...ran.problems, ...commands.problems, ...metrics.problems);
for (const line of [...ran.lines, ...commands.lines]) console.log(`  ${line}`);
for (const problem of problems) console.error(`check-docs: ${problem}`);
console.log(
  `check-docs: ${files.length} documents, ${links} links, ${code.length} code blocks compiled and run, ${commands.lines.length} commands run, ${metrics.series} metrics, ${problems.length} problems`,
);
process.exit(problems.length > 0 ? 1 : 0);
