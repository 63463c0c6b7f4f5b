// Nothing outside packages/cache-keys/src joins or spells a segment of a data path, neither of the cache's tree nor of
// the archive's: cachePath, legacyCachePath, parseCachePath and visionObjectKey are the only places that know them.
//
// Looked for in the syntax tree of every TypeScript and JavaScript source that is not a test:
//   spelled   a text such as 'spot/klines', '/daily/' or 'data/futures/um'
//   extension a text that ends in '.arrow', the ending that only cachePath gives
//   segment   the name of a market, nature or frequency as an argument of join() or resolve()
//   joined    a part of a key (key.symbol, interval, …) in join(), resolve(), [..].join('/') or `${…}/${…}`
//
// A line that must do so all the same says why: `// check-paths: allow <reason>` on it or above it.
// Arguments: files to look at instead of the repository's.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = process.env['VISION_CACHE_CHECK_ROOT'] ?? fileURLToPath(new URL('..', import.meta.url));

const MARKETS = 'spot|um|cm|option|futures';
const NATURES =
  'klines|trades|aggTrades|bookDepth|bookTicker|metrics|fundingRate|liquidationSnapshot|indexPriceKlines|markPriceKlines|premiumIndexKlines|BVOLIndex|EOHSummary';
const FREQUENCIES = 'daily|monthly';
const SPELLED = new RegExp(
  `(^|/)(${MARKETS})/(${NATURES}|um|cm|${FREQUENCIES})(/|$)|(^|/)(${FREQUENCIES})/|/(${FREQUENCIES})(/|$)|(^|/)(${NATURES})/(${FREQUENCIES})|(^|/)binance/(${MARKETS})(/|$)`,
);
const SEGMENT = new RegExp(`^/?(binance|${MARKETS}|${NATURES}|${FREQUENCIES})/?$`);
const KEY_PART =
  /^(exchange|marketType|market_type|dataNature|data_nature|nature|packagingFrequency|packaging_frequency|frequency|symbol|interval)$/;

/** The kernel knows paths; tests, their data and the checks themselves quote them. */
const EXEMPT =
  /^packages\/cache-keys\/src\/|\.(test|deep|bench|fixture)\.m?[jt]s$|(^|\/)(__fixtures__|test)\/|^e2e\/|^tools\/(check-|bench\/|eslint\/)|\.config\.(mjs|cjs|ts)$/;

function trackedSources() {
  const { stdout } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter(
      (file) => /\.(ts|mts|cts|mjs|cjs|js|html)$/.test(file) && !file.endsWith('.html') && existsSync(join(root, file)),
    );
}

/** @returns {{ line: number, what: string }[]} */
function findings(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = text.split('\n');
  const found = [];
  const lineOf = (node) => source.getLineAndCharacterOfPosition(node.getStart()).line;
  const report = (node, what) => {
    const line = lineOf(node);
    const allowed = [lines[line], lines[line - 1]].some((content) => /\/\/ check-paths: allow \S+/.test(content ?? ''));
    if (allowed) allowances.push(`${file}:${line + 1}`);
    else found.push({ line: line + 1, what });
  };
  const keyPart = (node) => {
    let inner = node;
    while (ts.isNonNullExpression(inner) || ts.isAsExpression(inner) || ts.isParenthesizedExpression(inner))
      inner = inner.expression;
    if (ts.isPropertyAccessExpression(inner)) return KEY_PART.test(inner.name.text) ? inner.getText() : undefined;
    return ts.isIdentifier(inner) && KEY_PART.test(inner.text) ? inner.text : undefined;
  };
  const spelled = (node, content) => {
    // A module's name is not a data path, and neither is an address with a host of its own words.
    if (ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent) || ts.isLiteralTypeNode(node.parent))
      return;
    if (SPELLED.test(content)) report(node, `spelled: ${JSON.stringify(content)}`);
    else if (/\.arrow$/.test(content)) report(node, `extension: ${JSON.stringify(content)}`);
  };
  const visit = (node) => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) spelled(node, node.text);
    if (ts.isTemplateExpression(node)) {
      const pieces = [node.head.text, ...node.templateSpans.map((span) => span.literal.text)];
      // Joined with a letter that no rule knows, so that a pattern cannot match across a substitution.
      spelled(node, pieces.join('\0'));
      node.templateSpans.forEach((span, index) => {
        const part = keyPart(span.expression);
        if (part && (pieces[index].endsWith('/') || pieces[index + 1].startsWith('/')))
          report(node, `joined: ${part} in a template with "/"`);
      });
    }
    if (ts.isCallExpression(node)) {
      const callee = node.expression;
      const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : callee.getText();
      if (name === 'join' || name === 'resolve') {
        const parts =
          ts.isPropertyAccessExpression(callee) && ts.isArrayLiteralExpression(callee.expression)
            ? separatorOf(node)
              ? [...callee.expression.elements]
              : []
            : [...node.arguments];
        for (const part of parts) {
          const key = keyPart(part);
          if (key && parts.length > 1) report(part, `joined: ${key} in ${name}()`);
          if (ts.isStringLiteral(part) && SEGMENT.test(part.text))
            report(part, `segment: ${JSON.stringify(part.text)} in ${name}()`);
        }
      }
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const [left, right] = [node.left, node.right];
      const slash = (side) => ts.isStringLiteral(side) && /^\/|\/$/.test(side.text);
      const before = ts.isBinaryExpression(left) ? left.right : left;
      if ((slash(right) && keyPart(before)) || (slash(before) && keyPart(right)))
        report(node, 'joined: part of a key + "/"');
    }
    ts.forEachChild(node, visit);
  };
  const separatorOf = (call) =>
    call.arguments[0] && ts.isStringLiteral(call.arguments[0]) && call.arguments[0].text.includes('/');
  visit(source);
  return found;
}

const allowances = [];
let problems = 0;
const files = (process.argv.length > 2 ? process.argv.slice(2) : trackedSources()).filter((file) => !EXEMPT.test(file));
for (const file of files) {
  for (const { line, what } of findings(file, readFileSync(join(root, file), 'utf8'))) {
    problems += 1;
    console.error(`check-paths: ${file}:${line} ${what}`);
  }
}
console.log(
  `check-paths: ${files.length} files, ${problems} problems, ${new Set(allowances).size} allowed with a reason`,
);
process.exit(problems > 0 ? 1 : 0);
