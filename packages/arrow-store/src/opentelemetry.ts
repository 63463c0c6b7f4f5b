import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Meter } from '@opentelemetry/api';
import { CACHE_CHANNELS, type LoadMessage, type ProblemMessage, type SaveMessage } from './contract/diagnostics.ts';

/** Upper bounds in seconds: a warm day is read in tens of microseconds, a cold month of seconds in tens of milliseconds. */
const SECONDS = [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/**
 * Maps what all stores of this process do to metrics of OpenTelemetry. In Prometheus' spelling:
 * `vision_cache_loads_total{result="new"|"old"|"miss"}`, `vision_cache_load_bytes_total{layout}`,
 * `vision_cache_load_duration{result}` in seconds, `vision_cache_saves_total{state}`, `vision_cache_save_bytes_total`,
 * `vision_cache_save_duration`, `vision_cache_conflicts_total`, `vision_cache_problems_total{kind,code}`.
 * @returns a function that ends it
 * @example
 * const stop = recordMetrics(metrics.getMeter('vision-cache'));
 */
export function recordMetrics(meter: Meter): () => void {
  const loads = meter.createCounter('vision_cache.loads', { description: 'Entries requested' });
  const loadBytes = meter.createCounter('vision_cache.load.bytes', { description: 'Bytes of columns returned' });
  const saves = meter.createCounter('vision_cache.saves', { description: 'Entries that were saved' });
  const saveBytes = meter.createCounter('vision_cache.save.bytes', { description: 'Bytes written' });
  const conflicts = meter.createCounter('vision_cache.conflicts', {
    description: 'Values in which sources contradict each other',
  });
  const problems = meter.createCounter('vision_cache.problems', { description: 'Files that were refused' });
  const advice = { unit: 's', advice: { explicitBucketBoundaries: SECONDS } };
  const loadSeconds = meter.createHistogram('vision_cache.load.duration', { ...advice, description: 'Time of a load' });
  const saveSeconds = meter.createHistogram('vision_cache.save.duration', { ...advice, description: 'Time of a save' });

  // Prometheus counts from what a series begins with: without a 0 the first misses of a process would be none.
  for (const result of ['new', 'old', 'miss']) loads.add(0, { result });

  const listeners = {
    [CACHE_CHANNELS.load](message: unknown) {
      const { result, bytes, durationMs } = message as LoadMessage;
      loads.add(1, { result });
      if (result !== 'miss') loadBytes.add(bytes, { layout: result });
      loadSeconds.record(durationMs / 1000, { result });
    },
    [CACHE_CHANNELS.save](message: unknown) {
      const { state, bytes, conflicts: found, durationMs } = message as SaveMessage;
      saves.add(1, { state });
      saveBytes.add(bytes);
      if (found > 0) conflicts.add(found);
      saveSeconds.record(durationMs / 1000);
    },
    [CACHE_CHANNELS.problem](message: unknown) {
      const { kind, code } = message as ProblemMessage;
      problems.add(1, { kind, code });
    },
  };
  for (const [name, listener] of Object.entries(listeners)) subscribe(name, listener);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) unsubscribe(name, listener);
  };
}
