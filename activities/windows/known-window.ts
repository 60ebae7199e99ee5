import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { streamRead } from '../../lake/progress';
import type { Progress, StreamPositions, StreamRead, WindowProgress } from '../../lake/progress';
import type { WindowDefinition } from '../../pipeline/model';
import { positionsOf } from './joined-stream';
import type { JoinedState } from './joined-stream';

/** How far all that a pipeline has published was read: kept with a window that the pipeline no longer has. */
export function leftAt({ topicId, partitions }: Progress): StreamRead {
  return {
    topicId,
    offsets: Object.fromEntries(Object.entries(partitions).map(([partition, { next }]) => [partition, String(next)])),
  };
}

/**
 * The positions behind which the pipeline's rows were not judged by a window that the pipeline had before and has again; undefined for one
 * that it has had all the time. Throws PIPELINE_INVALID where offsets mean other rows by now.
 */
export function missedSince(
  window: WindowDefinition,
  known: WindowProgress | undefined,
  progress: Progress | undefined,
): StreamPositions | undefined {
  const { left } = known ?? {};
  if (!left || !progress) return undefined;
  requireSame(window, 'events', { topicId: left.topicId, offsets: left.offsets }, leftAt(progress));
  return left.offsets;
}

/** How far the window has read a joined stream. Throws PIPELINE_INVALID where that stream's offsets mean other rows by now. */
export function joinedSince(
  window: WindowDefinition,
  known: WindowProgress | undefined,
  state: JoinedState,
): StreamPositions {
  const read = streamRead(known, state.alias);
  if (!read) return {};
  if (state.owner)
    requireSame(window, state.alias, read, { topicId: state.owner.progress.topicId, offsets: positionsOf(state) });
  return read.offsets;
}

/** A topic that was created again, or a log that was cut, counts its offsets anew: which rows the window has seen cannot be told then. */
function requireSame(
  { table }: WindowDefinition,
  stream: string,
  read: { readonly topicId: string | undefined; readonly offsets: StreamPositions },
  now: StreamRead,
): void {
  const name = formatTableName(table);
  const recreated = read.topicId !== undefined && read.topicId !== now.topicId;
  const cut = Object.entries(read.offsets).some(
    ([partition, next]) => BigInt(now.offsets[partition] ?? 0) < BigInt(next),
  );
  if (!recreated && !cut) return;
  throw new SluiceError(
    'PIPELINE_INVALID',
    `window ${name}: the topic of its stream ${stream} was ${recreated ? 'created again' : 'cut'} since the window read it, so which of its rows the window has seen cannot be told`,
    {
      cure: `Give the window another table in the pipeline file: the new one is computed over all rows. ${name} stays as it is.`,
      context: { table: name, stream },
    },
  );
}
