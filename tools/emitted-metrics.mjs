// Documents and dashboards name the metrics that the code emits, and no others: every kind of message is published, the
// mapping to OpenTelemetry records it, and Prometheus' own exporter spells the result.
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { build } from 'esbuild';
import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const DOCUMENT = 'docs/monitoring.md';
const DASHBOARD = 'docs/grafana-dashboard.json';
const RULES = 'docs/prometheus-rules.yml';

/** @returns {Promise<Map<string, Map<string, Set<string>>>>} for each series, its labels with their values */
async function emitted() {
  const outfile = join(root, 'tools/test-output/metrics.mjs');
  const folder = join(root, 'packages/arrow-store/src');
  await build({
    stdin: {
      contents:
        "export { recordMetrics } from './opentelemetry.ts'; export { CACHE_CHANNELS } from './contract/diagnostics.ts';",
      resolveDir: folder,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const { recordMetrics, CACHE_CHANNELS } = await import(pathToFileURL(outfile).href);
  const reader = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [reader] });
  const stop = recordMetrics(provider.getMeter('vision-cache'));
  const common = { path: '', rows: 1, bytes: 1, durationMs: 1 };
  for (const result of ['new', 'old', 'miss']) channel(CACHE_CHANNELS.load).publish({ ...common, result });
  for (const state of ['complete', 'partial', 'degraded'])
    channel(CACHE_CHANNELS.save).publish({ ...common, state, conflicts: 1 });
  for (const kind of ['quarantined', 'unsealed', 'old-refused', 'not-quarantined'])
    channel(CACHE_CHANNELS.problem).publish({ path: '', kind, code: 'E_INTEGRITY', message: '' });
  stop();
  const text = new PrometheusSerializer('', false).serialize((await reader.collect()).resourceMetrics);
  await provider.shutdown();

  const series = new Map();
  for (const [, name, labels] of text.matchAll(/^(vision_cache_\w+)\{([^}]*)\}/gm)) {
    const known = series.get(name) ?? new Map();
    for (const [, label, value] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      if (!label.startsWith('otel_')) known.set(label, (known.get(label) ?? new Set()).add(value));
    }
    series.set(name, known);
  }
  return series;
}

/** Every `name{label="value"}` of a text, and the labels of a `by (…)` before or behind it. */
function named(text) {
  return [...text.matchAll(/\b(vision_cache_\w+)(?:\{([^}]*)\})?/g)].map(([, name, labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)\s*=~?\s*\\?"([^"\\]*)/g)].map(([, label, values]) => ({
      label,
      values: values.split('|'),
    })),
  }));
}

/** @returns {Promise<{ problems: string[], series: number }>} */
export async function checkMetrics() {
  const series = await emitted();
  const problems = [];
  const said = new Set();
  for (const file of [DOCUMENT, DASHBOARD, RULES]) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const { name, labels } of named(text)) {
      said.add(name);
      const known = series.get(name);
      if (known === undefined) problems.push(`${file}: no metric ${name} is emitted`);
      for (const { label, values } of known ? labels : []) {
        if (!known.has(label)) problems.push(`${file}: ${name} has no label ${label}`);
        const wrong = label === 'code' ? [] : values.filter((value) => !known.get(label)?.has(value));
        if (wrong.length > 0) problems.push(`${file}: ${name} is never with ${label}="${wrong.join('|')}"`);
      }
    }
    for (const [, list] of text.matchAll(/\bby \(([^)]*)\)/g)) {
      for (const label of list.split(',').map((each) => each.trim()))
        if (![...series.values()].some((known) => known.has(label))) problems.push(`${file}: no label ${label}`);
    }
  }
  for (const name of series.keys()) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    if (![...said].some((each) => each === name || each.replace(/_(bucket|sum|count)$/, '') === base))
      problems.push(`${DOCUMENT}: ${name} is not told of`);
  }
  return { problems, series: series.size };
}
