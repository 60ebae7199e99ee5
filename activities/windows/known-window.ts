import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { offsetsLost, streamRead } from '../../lake/progress';
import type { Progress, StreamPositions, WindowProgress } from '../../lake/progress';
import type { WindowDefinition } from '../../pipeline/model';
import type { JoinedState } from './joined-stream';

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
  requireSame(window, 'events', left, progress);
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
  if (state.owner) requireSame(window, state.alias, read, state.owner.progress);
  return read.offsets;
}

function requireSame(
  { table }: WindowDefinition,
  stream: string,
  read: Parameters<typeof offsetsLost>[0],
  now: Progress,
): void {
  const name = formatTableName(table);
  const lost = offsetsLost(read, now);
  if (!lost) return;
  throw new SluiceError(
    'PIPELINE_INVALID',
    `window ${name}: the topic of its stream ${stream} was ${lost} since the window read it, so which of its rows the window has seen cannot be told`,
    {
      cure: `Give the window another table in the pipeline file: the new one is computed over all rows. ${name} stays as it is.`,
      context: { table: name, stream },
    },
  );
}
