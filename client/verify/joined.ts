import { formatTableName } from '../../base/table-name';
import { needTable } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import { pipelineOfRaw } from '../../lake/pipeline-record';
import { offsetsLost, readProgress, streamRead } from '../../lake/progress';
import type { Progress, StreamPositions } from '../../lake/progress';
import { droppedRows } from '../../lake/retention/dropped-record';
import type { Pipeline } from '../../pipeline/model';
import { leaseTable } from './tables';
import type { LeasedTable, TableSource } from './tables';
import type { JoinedRows } from './windows';

export interface JoinedTables {
  readonly rows: ReadonlyMap<string, readonly JoinedRows[]>;
  release(): Promise<void>;
}

/** Per window table the raw tables that its query joins, as far as the batches had read them. Throws TABLE_NOT_FOUND. */
export async function openJoined(
  source: TableSource,
  input: { readonly pipeline: Pipeline; readonly progress: Progress },
): Promise<JoinedTables> {
  const leased: LeasedTable[] = [];
  const release = async (): Promise<void> => void (await Promise.all(leased.map((table) => table.release())));
  try {
    const rows = new Map<string, readonly JoinedRows[]>();
    for (const window of input.pipeline.windows) {
      const name = formatTableName(window.table);
      const joined: JoinedRows[] = [];
      for (const { alias, table } of window.streams) {
        const loaded = await needTable(source.lake, source.hash, table);
        const files = await leaseTable(source, loaded);
        leased.push(files);
        const read = streamRead(input.progress.windows?.[name], alias);
        const owner = pipelineOfRaw(loaded);
        const now = owner && readProgress(loaded.metadata, owner.name);
        const isOther = read && now && offsetsLost(read, now) !== undefined;
        const droppedBeforeMs = droppedRows(loaded.metadata)?.beforeMs;
        joined.push({
          alias,
          eventTime: eventTimeOf(loaded),
          rows: readBefore(files.relation, read?.offsets ?? {}),
          ...(isOther ? { isOther } : {}),
          ...(droppedBeforeMs === undefined ? {} : { droppedBeforeMs }),
        });
      }
      rows.set(name, joined);
    }
    return { rows, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A table that no pipeline has written yet holds no rows: any column will do. */
function eventTimeOf(table: LoadedTable): string {
  return pipelineOfRaw(table)?.source.eventTime ?? '_timestamp';
}

function readBefore(relation: string, positions: StreamPositions): string {
  const parts = Object.entries(positions).map(
    ([partition, next]) => `(_partition = ${partition} and _offset < ${next})`,
  );
  return `(select * from ${relation} where ${parts.length === 0 ? 'false' : parts.join(' or ')})`;
}
