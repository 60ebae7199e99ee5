import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import type { Lake } from '../../lake/lake';
import type { Pipeline } from '../../pipeline/model';
import type { ProgressBars } from '../cli/progress-bar';
import { withTemporal } from '../temporal/connect';
import { readPipelineRun } from '../temporal/pipeline-run';
import type { PipelineRun } from '../temporal/pipeline-run';
import { problemError } from '../temporal/problem';
import { lagOf, readEnds, readPosition } from './positions';

export interface WaitInput {
  readonly config: SluiceConfig;
  readonly lake: Lake;
  readonly pipelines: readonly Pipeline[];
  readonly bars: ProgressBars;
  readonly signal: AbortSignal;
  /** Throws when nothing at all was published for so long; 3 minutes by default. */
  readonly patienceMs?: number;
}

const LOOK_EVERY_MS = 500;

/**
 * Waits until everything that is in the topics now is on main and no batch is in flight. Throws what a pipeline failed with, PIPELINE_STATE
 * for a held batch or one that ended, and after `patienceMs` without progress the problem that the pipeline has.
 */
export async function waitPublished(input: WaitInput): Promise<void> {
  const { config, lake, pipelines, bars, signal, patienceMs = 180_000 } = input;
  const ends = await readEnds(config, pipelines);
  const lag = async (pipeline: Pipeline): Promise<number> =>
    lagOf(ends.get(pipeline.name) ?? new Map(), await readPosition(lake, pipeline));
  const totals = await Promise.all(pipelines.map(lag));
  const waiting = pipelines.map((pipeline, index) => {
    const total = totals[index] ?? 0;
    return { pipeline, total, left: total, done: false, bar: bars.add(pipeline.name, total) };
  });
  await withTemporal(config, async (temporal) => {
    let movedAtMs = Date.now();
    while (waiting.some(({ done }) => !done)) {
      signal.throwIfAborted();
      for (const item of waiting.filter(({ done }) => !done)) {
        const run = await readPipelineRun(temporal, item.pipeline.name);
        const left = await lag(item.pipeline);
        if (left !== item.left) movedAtMs = Date.now();
        item.left = left;
        item.bar.update(item.total - left, note(run));
        item.done = left === 0 && run.batches.length === 0;
        if (!item.done) requireAlive(run);
        if (!item.done && Date.now() - movedAtMs > patienceMs) throw stuck(run, left, patienceMs);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  });
}

function note({ batches, problem }: PipelineRun): string {
  const flight = batches.map(({ seq, phase }) => `batch ${seq} ${phase}`).join(', ');
  return problem ? `${flight && `${flight}, `}${problem.code}: ${problem.message.slice(0, 80)}` : flight;
}

function requireAlive(run: PipelineRun): void {
  if (run.state === 'failed' && run.problem) throw problemError(run.problem, `pipeline ${run.name} failed: `);
  if (run.state !== 'running') {
    throw new SluiceError('PIPELINE_STATE', `pipeline ${run.name} is ${run.state} while its events wait`, {
      cure: `Start it: sluice start ${run.name}`,
    });
  }
  const held = run.batches.find(({ phase }) => phase === 'held');
  if (held) {
    throw new SluiceError('PIPELINE_STATE', `batch ${run.name}/${held.seq} is held by a check`, {
      cure: `Decide: sluice approve ${run.name}/${held.seq} --why …, or reject`,
    });
  }
}

function stuck(run: PipelineRun, left: number, patienceMs: number): SluiceError {
  if (run.problem) return problemError(run.problem, `pipeline ${run.name} does not move: `);
  return new SluiceError(
    'SERVER_FAILED',
    `pipeline ${run.name} published nothing for ${patienceMs / 1000} s; ${left} events wait`,
    {
      cure: 'Look at the worker’s log and at the workflow in the Temporal UI: sluice status',
    },
  );
}
