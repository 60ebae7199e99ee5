import type { Session } from '../../engine/engine';
import type { ScannedFile } from '../../engine/scan-relation';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import type { TimeRange } from '../../stream/windows';
import type { ActivityDeps } from '../deps';
import { scannedRows, withoutDeletes } from '../files';
import type { WindowWork } from './work';

/** Events as a window query sees them: all that came so far, and those that this batch judges for the first time. */
export interface StreamInput {
  /** `events`, or the alias of a joined stream. */
  readonly name: string;
  readonly eventTime: string;
  /** SQL relation, in parentheses, that holds at least the rows with event times in the ranges. */
  rows(ranges: readonly TimeRange[]): Promise<string>;
  /** SQL relation of the new rows, in parentheses; undefined when none of them is earlier than `beforeMs`. */
  newRows(beforeMs: number): Promise<string | undefined>;
}

/** The pipeline's own events: the raw table at the batch's base, and the batch's files. */
export function ownStream(work: WindowWork): StreamInput {
  const { deps, pipeline, base, batchFiles, tallies } = work;
  return {
    name: 'events',
    eventTime: pipeline.source.eventTime,
    rows: async (ranges) => scannedRows(deps, base.raw, await ownFiles(work, ranges)),
    newRows: async (beforeMs) =>
      tallies.some(({ minEventTimeMs }) => minEventTimeMs !== undefined && minEventTimeMs < beforeMs)
        ? scannedRows(deps, base.raw, withoutDeletes(batchFiles))
        : undefined,
  };
}

/** Raw files that can hold the pipeline's events of the ranges: committed ones, and all of the batch. */
export async function ownFiles(
  { deps, pipeline, base, batchFiles }: WindowWork,
  ranges: readonly TimeRange[],
): Promise<readonly ScannedFile[]> {
  return [...(await filesWithin(deps, base.raw, pipeline.source.eventTime, ranges)), ...withoutDeletes(batchFiles)];
}

/** Files of a table that can hold rows with event times in any of the ranges, each once. */
export async function filesWithin(
  deps: ActivityDeps,
  table: LoadedTable,
  column: string,
  ranges: readonly TimeRange[],
): Promise<readonly ScannedFile[]> {
  const found = new Map<string, ScannedFile>();
  for (const { fromMs, toMs } of ranges) {
    const range = {
      column,
      ...(fromMs === undefined ? {} : { min: BigInt(fromMs) * 1000n }),
      ...(toMs === undefined ? {} : { max: BigInt(toMs) * 1000n - 1n }),
    };
    const { files } = await planScan(
      deps.lake,
      table,
      fromMs === undefined && toMs === undefined ? {} : { ranges: [range] },
    );
    for (const scanned of files) found.set(scanned.file.filePath, scanned);
  }
  return [...found.values()];
}

/** Number of rows of a DuckDB table or relation. */
export async function countRows(session: Session, relation: string): Promise<number> {
  const [row] = await session.rows<{ n: bigint }>(`select count(*) as n from ${relation}`);
  return Number(row!.n);
}
