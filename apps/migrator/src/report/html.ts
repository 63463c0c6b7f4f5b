import { groupOf } from '../contract/outcome.ts';
import { type Report, leftAlone } from '../commands/summary.ts';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: string | number): string =>
  String(value).replace(
    /[&<>"']|[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (each) => escapes[each] ?? '\ufffd',
  );

const cells = (values: readonly (string | number)[]): string =>
  `<tr>${values.map((value) => `<td>${text(value)}</td>`).join('')}</tr>\n`;

/** Lines of text as a page. */
export function linesHtml(lines: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cache migration</title><style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem}</style></head>
<body><main><h1>Cache migration</h1><pre>${lines.map(text).join('\n')}</pre></main></body></html>
`;
}

function market({ marketUnnamed, market: name, marketAssumed }: Report['summary']): string {
  if (marketUnnamed === 0) return '';
  return ` ${marketUnnamed} files name no market and count as ${text(name)}${marketAssumed ? ' (assumed)' : ''}.`;
}

/** A page that stands alone: the three numbers, the finer fates, and every file with its account. Piece by piece. */
export function* summaryHtml({ summary, plan, files: all }: Report): Generator<string> {
  const { success, failed, skipped, files, rows } = summary;
  yield `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Cache migration</title><style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1b1f24;background:#fff}
dl{display:flex;gap:2rem}dt{color:#57606a}dd{margin:0;font-size:2rem;font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%}td,th{padding:.3rem .6rem;border-bottom:1px solid #d0d7de;text-align:left;vertical-align:top;overflow-wrap:anywhere}
@media (prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td,th{border-color:#30363d}dt{color:#9198a1}}
</style></head><body><main><h1>Cache migration</h1>
<dl><div><dt>success</dt><dd>${success}</dd></div><div><dt>failed</dt><dd>${failed}</dd></div><div><dt>skipped</dt><dd>${skipped}</dd></div></dl>
<p>${files} old files seen. Rows: ${rows.in} in = ${rows.out} out + ${rows.duplicates} duplicates + ${rows.refused} refused.
State: ${text(summary.state)}. From ${text(summary.from)} to ${text(summary.to)}.${market(summary)}</p>
<h2>Fates</h2><table><tr><th>number</th><th>fate</th><th>files</th></tr>
`;
  for (const [fate, count] of Object.entries(summary.byFate))
    yield cells([groupOf(fate as keyof typeof summary.byFate), fate, count]);
  yield '</table><h2>Files</h2><table><tr><th>number</th><th>fate</th><th>old file</th><th>rows in</th><th>out</th><th>duplicates</th><th>refused</th><th>now in</th><th>why</th></tr>\n';
  for (const { file, outcome: o } of all()) {
    const fate = [o.fate, ...o.flags.filter((flag) => flag !== o.fate)].join(', ');
    const why = [
      o.message ?? '',
      ...(o.conflicts ?? []).map(
        ({ time, column, kept, dropped }) => `${time} ${column}: ${kept} kept, ${dropped} not`,
      ),
    ];
    yield cells([
      groupOf(o.fate),
      fate,
      file.file,
      o.rowsIn,
      o.rowsOut,
      o.duplicates,
      o.refused,
      o.targets.map(({ path }) => path).join(' '),
      why.join(' '),
    ]);
  }
  yield '</table><h2>Left alone</h2><table><tr><th>path</th><th>why</th></tr>\n';
  for (const { path, why } of leftAlone(plan)) yield cells([path, why]);
  yield '</table></main></body></html>\n';
}
