import { formatTableName } from '../../base/table-name';
import { streamRead, windowProgress } from '../../lake/progress';
import type { StreamPositions } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { closesWindows } from '../../stream/windows';
import { loadBase } from '../base-state';
import type { ActivityDeps } from '../deps';
import { joinWatermarks } from './compute-window';
import { loadJoined, positionsOf } from './joined-stream';
import type { JoinedState } from './joined-stream';

/**
 * Whether other pipelines have published what a window over several streams has not seen yet, although this one has no new events: it may
 * let windows close, change published ones, or be late. Reads main, and only for pipelines that join streams.
 */
export async function joinedStreamsMoved({ lake }: Pick<ActivityDeps, 'lake'>, pipeline: Pipeline): Promise<boolean> {
  const joining = pipeline.windows.filter(({ streams }) => streams.length > 0);
  if (joining.length === 0) return false;
  const base = await loadBase(lake, pipeline);
  const { progress } = base;
  if (!progress) return false;
  for (const { table, shape, streams } of joining) {
    const joined = await Promise.all(streams.map((stream) => loadJoined(lake, base.hash, stream)));
    const known = windowProgress(progress, formatTableName(table));
    const previousMs = known?.watermarkMs;
    if (joined.some((state) => hasNews(state, streamRead(known, state.alias)?.offsets ?? {}))) return true;
    if (closesWindows(shape, joinWatermarks({ previousMs, nextMs: progress.watermarkMs }, joined))) return true;
  }
  return false;
}

function hasNews(state: JoinedState, seen: StreamPositions): boolean {
  return Object.entries(positionsOf(state)).some(([partition, next]) => seen[partition] !== next);
}
