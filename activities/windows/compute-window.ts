import { formatTableName, siblingTable } from '../../base/table-name';
import { windowIdentity } from '../../engine/windows/identity';
import { currentSchema } from '../../lake/iceberg/metadata';
import type { WindowDefinition } from '../../pipeline/model';
import { fixedWindows } from '../../stream/windows';
import type { WatermarkStep } from '../../stream/windows';
import type { WindowState } from '../wire';
import { computeFixedWindows } from './fixed-windows';
import { joinedStream, loadJoined, positionsOf } from './joined-stream';
import type { JoinedState } from './joined-stream';
import { queryName } from './run-query';
import { computeSessionWindows } from './session-windows';
import { ownStream } from './stream-input';
import type { ComputedWindow, WindowWork } from './work';

/** Computes what a batch does to one window table. `step` is the pipeline's watermark before and after the batch. */
export async function computeWindow(
  work: WindowWork,
  window: WindowDefinition,
  step: WatermarkStep,
): Promise<ComputedWindow> {
  const { base } = work;
  const name = formatTableName(window.table);
  const known = base.progress?.windows?.[name];
  const columns = currentSchema(base.tables.get(name)!.metadata).fields;
  const identity = windowIdentity(window, columns, queryName(window));
  const { shape } = window;
  if (shape.kind === 'session') {
    const late = base.tables.get(formatTableName(siblingTable(window.table, 'late')))!;
    const stream = ownStream(work);
    return computeSessionWindows(work, {
      window,
      shape,
      stream,
      late,
      step,
      identity: identity!,
      openFromMs: known?.openFromMs,
    });
  }
  const windows = fixedWindows(shape);
  if (window.streams.length === 0)
    return computeFixedWindows(work, { window, windows, streams: [ownStream(work)], step, identity });
  const joined = await Promise.all(window.streams.map((stream) => loadJoined(work.deps.lake, base.hash, stream)));
  const joinedStep = joinWatermarks(step, known, joined);
  const streams = joined.map((state) => joinedStream(work.deps, state, known?.streams?.[state.alias] ?? {}));
  const computed = await computeFixedWindows(work, {
    window,
    windows,
    streams: [ownStream(work), ...streams],
    step: joinedStep,
    identity,
  });
  return { ...computed, state: joinedState(joinedStep, joined) };
}

/** A window over several streams closes when the watermarks of all have passed; what has closed stays closed. */
export function joinWatermarks(
  own: WatermarkStep,
  known: WindowState | undefined,
  joined: readonly JoinedState[],
): WatermarkStep {
  const previousMs = known?.watermarkMs;
  const marks = [own.nextMs, ...joined.map(({ owner }) => owner?.progress.watermarkMs)];
  const present = marks.filter((mark) => mark !== undefined);
  if (present.length < marks.length) return { previousMs, nextMs: previousMs };
  const least = Math.min(...present);
  return { previousMs, nextMs: previousMs === undefined ? least : Math.max(previousMs, least) };
}

function joinedState({ nextMs }: WatermarkStep, joined: readonly JoinedState[]): WindowState {
  return {
    ...(nextMs === undefined ? {} : { watermarkMs: nextMs }),
    streams: Object.fromEntries(joined.map((state) => [state.alias, positionsOf(state)])),
  };
}
