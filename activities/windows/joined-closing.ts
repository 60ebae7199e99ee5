import { formatTableName } from '../../base/table-name';
import { windowProgress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { closesWindows } from '../../stream/windows';
import { loadBase } from '../base-state';
import type { ActivityDeps } from '../deps';
import { joinWatermarks } from './compute-window';
import { loadJoined } from './joined-stream';

/**
 * Whether what other pipelines have published lets a window over several streams close, although this one has no new events. Reads main,
 * and only for pipelines that join streams.
 */
export async function joinedWindowsClose({ lake }: Pick<ActivityDeps, 'lake'>, pipeline: Pipeline): Promise<boolean> {
  const joining = pipeline.windows.filter(({ streams }) => streams.length > 0);
  if (joining.length === 0) return false;
  const base = await loadBase(lake, pipeline);
  const { progress } = base;
  if (!progress) return false;
  for (const { table, shape, streams } of joining) {
    const joined = await Promise.all(streams.map((stream) => loadJoined(lake, base.hash, stream)));
    const previousMs = windowProgress(progress, formatTableName(table))?.watermarkMs;
    if (closesWindows(shape, joinWatermarks({ previousMs, nextMs: progress.watermarkMs }, joined))) return true;
  }
  return false;
}
