import { siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Pipeline } from '../../pipeline/model';
import type { Lake } from '../lake';
import { readPipelines } from '../pipeline-record';
import { readProgress } from '../progress';
import { closedLineMs, windowLineMs } from './row-horizon';
import type { KnownPipeline } from './row-horizon';

export interface Limit {
  readonly name: TableName;
  /** That tell a row's age; the first that the table is partitioned by counts. */
  readonly columns: readonly string[];
  readonly rowsMs: number;
  readonly lineMs: number;
}

/** Tables that the pipeline file sets a limit to. */
export function limitedTables({ table, retention, windows }: Pipeline): readonly TableName[] {
  const own = retention?.rowsMs === undefined ? [] : [table, siblingTable(table, 'rejected')];
  return [...own, ...windows.filter(({ retentionMs }) => retentionMs !== undefined).map((window) => window.table)];
}

/** The limit of each limited table at a commit, and how far windows that may still take rows let it reach. The ledger and late rows stay: they are the proof of what was read. */
export async function limitsOf(lake: Lake, hash: string, pipeline: Pipeline): Promise<readonly Limit[]> {
  const known = (await readPipelines(lake, hash)).map(({ pipeline: one, raw }): KnownPipeline => ({
    pipeline: one,
    progress: readProgress(raw.metadata, one.name),
  }));
  const progress = known.find((one) => one.pipeline.name === pipeline.name)?.progress;
  // The pipeline's file may have windows that no batch has recorded yet.
  const all = [...known.filter((one) => one.pipeline.name !== pipeline.name), { pipeline, progress }];
  const rowsMs = pipeline.retention?.rowsMs;
  const own: readonly Limit[] =
    rowsMs === undefined
      ? []
      : [
          {
            name: pipeline.table,
            columns: [pipeline.source.eventTime],
            rowsMs,
            lineMs: closedLineMs(pipeline.table, all),
          },
          { name: siblingTable(pipeline.table, 'rejected'), columns: ['_timestamp'], rowsMs, lineMs: Infinity },
        ];
  const windows = pipeline.windows.flatMap((window): readonly Limit[] =>
    window.retentionMs === undefined
      ? []
      : [
          {
            name: window.table,
            columns: ['window_start', 'window_end'],
            rowsMs: window.retentionMs,
            lineMs: windowLineMs(window, progress),
          },
        ],
  );
  return [...own, ...windows];
}
