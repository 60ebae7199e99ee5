import type { SluiceConfig } from '../../base/config';
import type { Lake } from '../../lake/lake';
import type { Pipeline } from '../../pipeline/model';
import { formatCount } from '../cli/format';
import type { ProgressBars } from '../cli/progress-bar';
import { produceEvents } from '../produce/produce';
import type { ProduceResult } from '../produce/produce';
import { newestEventMs, readPosition } from './positions';

/** The first run tells of the last half hour; later ones go on where the one before ended. */
const SPAN_MS = 30 * 60_000;

/** Users and devices: so few that each has something to show in a window. */
const KEYS = 200;

export interface DemoEventsInput {
  readonly config: SluiceConfig;
  readonly lake: Lake;
  readonly pipelines: readonly { readonly pipeline: Pipeline; readonly count: number }[];
  readonly bars: ProgressBars;
  readonly signal: AbortSignal;
}

/** Seeded events for each pipeline, up to now: slightly out of order, a few late, a few malformed. */
export async function produceDemoEvents(input: DemoEventsInput): Promise<readonly ProduceResult[]> {
  const { config, lake, pipelines, bars, signal } = input;
  return Promise.all(
    pipelines.map(async ({ pipeline, count }) => {
      const bar = bars.add(pipeline.name, count);
      const progress = await readPosition(lake, pipeline);
      const span = eventSpan(newestEventMs(progress), Date.now());
      const startedMs = Date.now();
      return produceEvents({
        config,
        pipeline: pipeline.name,
        signal,
        generate: {
          seed: Number(progress?.batch ?? 0n) + 1,
          count,
          startTimeMs: span.fromMs,
          rate: Math.max(1, (count * 1000) / (span.toMs - span.fromMs)),
          keys: KEYS,
          outOfOrderMs: 3_000,
          lateShare: 0.002,
          malformedShare: 0.003,
        },
        onProgress: (sent) => {
          const perSecond = Math.round((sent * 1000) / Math.max(1, Date.now() - startedMs));
          bar.update(sent, `${formatCount(perSecond)} events/s`);
        },
      });
    }),
  );
}

/** Pure. From the newest event that is there (or half an hour ago) until now; at least a second. */
export function eventSpan(
  newestMs: number | undefined,
  nowMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Math.max(nowMs - SPAN_MS, newestMs === undefined ? 0 : newestMs + 1);
  return { fromMs, toMs: Math.max(nowMs, fromMs + 1000) };
}
