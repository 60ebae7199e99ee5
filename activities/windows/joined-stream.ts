import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { loadTable } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { pipelineOfRaw } from '../../lake/pipeline-record';
import { readProgress } from '../../lake/progress';
import type { Progress, StreamPositions } from '../../lake/progress';
import type { JoinedStream, Pipeline } from '../../pipeline/model';
import type { ActivityDeps } from '../deps';
import { scannedRows } from '../files';
import { filesWithin, unseenBefore } from './stream-input';
import type { StreamInput } from './stream-input';

/** Another pipeline's raw table as it is at a batch's base. */
export interface JoinedState {
  readonly alias: string;
  readonly raw: LoadedTable;
  /** Undefined before that pipeline's first batch. */
  readonly owner: { readonly pipeline: Pipeline; readonly progress: Progress } | undefined;
}

/** Reads what a window joins at `hash`. Throws TABLE_NOT_FOUND when there is no such table, TABLE_FOREIGN when no pipeline writes it. */
export async function loadJoined(lake: Lake, hash: string, { alias, table }: JoinedStream): Promise<JoinedState> {
  const raw = await loadTable(lake, hash, table);
  if (!raw) {
    throw new SluiceError('TABLE_NOT_FOUND', `stream ${alias}: table ${formatTableName(table)} is not in the catalog`, {
      cure: 'Apply the pipeline that writes it first.',
    });
  }
  const pipeline = pipelineOfRaw(raw);
  const progress = pipeline && readProgress(raw.metadata, pipeline.name);
  if (pipeline && progress) return { alias, raw, owner: { pipeline, progress } };
  if (raw.metadata.snapshots.length === 0) return { alias, raw, owner: undefined };
  throw new SluiceError(
    'TABLE_FOREIGN',
    `stream ${alias}: table ${formatTableName(table)} is not the raw table of a pipeline, so it has no watermark`,
    { cure: 'Join it as a table of the lake, by its name in the query, instead of naming it under streams.' },
  );
}

/** The first offset of each partition that has not been judged yet: where the joined table stands at this batch's base. */
export function positionsOf({ owner }: JoinedState): StreamPositions {
  const partitions = Object.entries(owner?.progress.partitions ?? {});
  return Object.fromEntries(partitions.map(([partition, { next }]) => [partition, String(next)]));
}

/**
 * The rows of a joined raw table. Those behind the positions of the batch before were judged then; the others are new, wherever in event
 * time they lie. Undefined while its pipeline has published nothing.
 */
export function joinedStream(deps: ActivityDeps, state: JoinedState, seen: StreamPositions): StreamInput {
  const eventTime = state.owner?.pipeline.source.eventTime ?? '_timestamp';
  return {
    name: state.alias,
    eventTime,
    rows: async (ranges) => scannedRows(deps, state.raw, await filesWithin(deps, state.raw, eventTime, ranges)),
    newRows: async (beforeMs) => {
      const now = Object.entries(positionsOf(state));
      if (now.every(([partition, next]) => seen[partition] === next)) return undefined;
      return unseenBefore(deps, { table: state.raw, eventTime, seen, beforeMs });
    },
  };
}
