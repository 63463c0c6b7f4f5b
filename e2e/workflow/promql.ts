import { runInNewContext } from 'node:vm';

/** What Prometheus has seen of a process at one time: for each series, with its labels, a number. */
export interface Scrape {
  /** In days. */
  readonly at: number;
  readonly series: ReadonlyMap<string, number>;
}

/** The lines of Prometheus' text format, without the labels of OpenTelemetry's own. */
export function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [name = '', value] = line.replace(/otel_scope_\w+="[^"]*",?/g, '').split(' ');
      return [name.replace(',}', '}'), Number(value)];
    }),
  );
}

function matches(series: string, name: string, selector: string): boolean {
  if (series.split('{')[0] !== name) return false;
  const labels = new Map([...series.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]));
  return [...selector.matchAll(/(\w+)(=~?)"([^"]*)"/g)].every(([, label, operator, wanted]) =>
    new RegExp(`^(?:${operator === '=~' ? wanted : wanted!.replace(/\W/g, '\\$&')})$`).test(labels.get(label) ?? ''),
  );
}

/** As Prometheus: a fall is a process that began again, and what a series begins with is no increase. */
function increase(scrapes: readonly Scrape[], name: string, selector: string, days: number, at: number): number {
  const seen = scrapes.filter((scrape) => scrape.at > at - days - 1e-9 && scrape.at <= at);
  let sum = 0;
  for (const [index, { series }] of seen.entries()) {
    for (const [label, value] of series) {
      const before = seen[index - 1]?.series.get(label);
      if (before !== undefined && matches(label, name, selector)) sum += value < before ? value : value - before;
    }
  }
  return sum;
}

/**
 * The rules of a file that Prometheus loads, of which this reads `record`, `alert` and `expr` of one line each.
 *
 * It stands in for Prometheus as far as these rules go: `sum(increase(metric{labels}[Nd]))`, names that other rules
 * record, `offset Nd`, `/`, `-`, comparisons and `and`. Anything else is an error.
 */
export function readRules(text: string) {
  const rules = new Map(
    [...text.matchAll(/- (?:record|alert): (\S+)\n(?:\s+#.*\n)*\s+expr: (.+)\n/g)].map(([, name, expr]) => [
      name!,
      expr!,
    ]),
  );
  const valueOf = (expr: string, scrapes: readonly Scrape[], at: number): number | boolean => {
    const numbers = expr
      .replace(
        /sum\(increase\((\w+)(?:\{([^}]*)\})?\[(\d+)d\]\)\)/g,
        (_, name: string, labels: string | undefined, days) =>
          `(${increase(scrapes, name, labels ?? '', Number(days), at)})`,
      )
      .replace(/\b(\w+(?::\w+)+)(?: offset (\d+)d)?/g, (_, name: string, days: string | undefined) => {
        const rule = rules.get(name);
        if (rule === undefined) throw new Error(`No rule records ${name}`);
        return `(${String(valueOf(rule, scrapes, at - Number(days ?? 0)))})`;
      });
    const script = numbers.replaceAll(' and ', ' && ');
    if (!/^(?:[\d.()/<>=&\s-]|e-|NaN|Infinity)+$/.test(script)) throw new Error(`Not understood: ${script}`);
    return runInNewContext(script) as number | boolean;
  };
  return {
    names: [...rules.keys()],
    value(name: string, scrapes: readonly Scrape[], at: number): number | boolean {
      const rule = rules.get(name);
      if (rule === undefined) throw new Error(`There is no rule ${name}`);
      return valueOf(rule, scrapes, at);
    },
  };
}
