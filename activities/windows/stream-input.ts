import type { Session } from '../../engine/engine';
import type { ScannedFile } from '../../engine/scan-relation';
import type { LoadedTable } from '../../lake/lake';
import type { StreamPositions } from '../../lake/progress';
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
  /** SQL condition: of the committed rows those that no batch has judged yet; undefined when there are none. */
  readonly unseen?: string;
}

/**
 * The pipeline's own events: the raw table at the batch's base, and the batch's files. `left`: how far the rows were judged when the
 * pipeline had the window last; those that came since are judged now.
 */
export function ownStream(work: WindowWork, left?: StreamPositions): StreamInput {
  const { deps, pipeline, base, batchFiles, tallies } = work;
  const { eventTime } = pipeline.source;
  const batchRows = async (beforeMs: number): Promise<string | undefined> =>
    tallies.some(({ minEventTimeMs }) => minEventTimeMs !== undefined && minEventTimeMs < beforeMs)
      ? scannedRows(deps, base.raw, withoutDeletes(batchFiles))
      : undefined;
  return {
    name: 'events',
    eventTime,
    ...(left && { unseen: unseenRows(left) }),
    rows: async (ranges) => scannedRows(deps, base.raw, await ownFiles(work, ranges)),
    newRows: async (beforeMs) => {
      const batch = await batchRows(beforeMs);
      const missed = left && (await unseenBefore(deps, { table: base.raw, eventTime, seen: left, beforeMs }));
      return batch && missed ? `(select * from ${missed} union all select * from ${batch})` : (batch ?? missed);
    },
  };
}

/** SQL condition: rows behind the positions were judged; those of partitions that came later were not. */
export function unseenRows(seen: StreamPositions): string {
  const judged = Object.entries(seen).map(([partition, next]) => `(_partition = ${partition} and _offset < ${next})`);
  return `not (${judged.join(' or ') || 'false'})`;
}

/** SQL relation, in parentheses, of a table's committed rows behind the positions; undefined when no file can hold one of before `beforeMs`. */
export async function unseenBefore(
  deps: ActivityDeps,
  input: {
    readonly table: LoadedTable;
    readonly eventTime: string;
    readonly seen: StreamPositions;
    readonly beforeMs: number;
  },
): Promise<string | undefined> {
  const { table, eventTime, seen, beforeMs } = input;
  const range = { column: eventTime, max: BigInt(beforeMs === Infinity ? 0 : beforeMs) * 1000n - 1n };
  const { files } = await planScan(deps.lake, table, beforeMs === Infinity ? {} : { ranges: [range] });
  if (files.length === 0) return undefined;
  return `(select * from ${await scannedRows(deps, table, files)} where ${unseenRows(seen)})`;
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
