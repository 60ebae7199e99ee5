import { formatTableName, siblingTable } from '../../base/table-name';
import { windowIdentity } from '../../engine/windows/identity';
import { currentSchema } from '../../lake/iceberg/metadata';
import { readSoFar, windowProgress } from '../../lake/progress';
import type { WindowDefinition } from '../../pipeline/model';
import { fixedWindows, judgement } from '../../stream/windows';
import type { Judgement, WatermarkStep } from '../../stream/windows';
import type { WindowState } from '../wire';
import { computeFixedWindows } from './fixed-windows';
import { joinedStream, loadJoined } from './joined-stream';
import type { JoinedState } from './joined-stream';
import { joinedSince, missedSince } from './known-window';
import { queryName } from './run-query';
import { computeSessionWindows } from './session-windows';
import { ownStream } from './stream-input';
import type { ComputedWindow, WindowWork } from './work';

/**
 * Computes what a batch does to one window table; `nextMs` is the pipeline's watermark after the batch. Each window table has a watermark of
 * its own in the progress record: one that was added to a pipeline later starts without, and is computed over all raw rows.
 */
export async function computeWindow(
  work: WindowWork,
  window: WindowDefinition,
  nextMs: number | undefined,
): Promise<ComputedWindow> {
  const { base } = work;
  const name = formatTableName(window.table);
  const known = windowProgress(base.progress, name);
  const columns = currentSchema(base.tables.get(name)!.metadata).fields;
  const identity = windowIdentity(window, columns, queryName(window));
  const step = { previousMs: known?.watermarkMs, nextMs };
  const { shape, latenessMs } = window;
  const judge = (watermarkMs: number | undefined): Judgement =>
    judgement({ watermarkMs, latenessMs, knownMs: known?.finalMs });
  const own = ownStream(work, missedSince(window, known, base.progress));
  if (shape.kind === 'session') {
    const late = base.tables.get(formatTableName(siblingTable(window.table, 'late')))!;
    const openFromMs = known?.openFromMs;
    const computed = await computeSessionWindows(work, {
      window,
      shape,
      stream: own,
      late,
      step,
      judged: judge(step.previousMs),
      identity: identity!,
      openFromMs,
    });
    return { ...computed, state: { ...computed.state, ...marks(nextMs, judge(step.previousMs)) } };
  }
  const windows = fixedWindows(shape);
  const joined = await Promise.all(window.streams.map((stream) => loadJoined(work.deps.lake, base.hash, stream)));
  const joinedStep = joinWatermarks(step, joined);
  const judged = judge(joinedStep.previousMs);
  const streams = joined.map((state) => joinedStream(work.deps, state, joinedSince(window, known, state)));
  const computed = await computeFixedWindows(work, {
    window,
    windows,
    streams: [own, ...streams],
    step: joinedStep,
    judged,
    identity,
  });
  const reads = joined.flatMap(({ alias, owner }) => (owner ? [[alias, readSoFar(owner.progress)] as const] : []));
  const read = joined.length === 0 ? {} : { streams: Object.fromEntries(reads) };
  return { ...computed, state: { ...marks(joinedStep.nextMs, judged), ...read } };
}

/** A window over several streams closes when the watermarks of all have passed; what has closed stays closed. */
export function joinWatermarks({ previousMs, nextMs }: WatermarkStep, joined: readonly JoinedState[]): WatermarkStep {
  const marks = [nextMs, ...joined.map(({ owner }) => owner?.progress.watermarkMs)];
  const present = marks.filter((mark) => mark !== undefined);
  if (present.length < marks.length) return { previousMs, nextMs: previousMs };
  const least = Math.min(...present);
  return { previousMs, nextMs: previousMs === undefined ? least : Math.max(previousMs, least) };
}

const marks = (watermarkMs: number | undefined, { finalMs }: Judgement): WindowState => ({
  ...(watermarkMs === undefined ? {} : { watermarkMs }),
  ...(finalMs === undefined ? {} : { finalMs }),
});
