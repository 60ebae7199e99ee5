import type { SluiceConfig } from '../../base/config';
import { isSluiceError } from '../../base/errors';
import { formatTableName, siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { readPipelines } from '../../lake/pipeline-record';
import { withLake } from '../apply/with-lake';
import { queryLake } from '../query/query-lake';
import { withTemporal } from '../temporal/connect';
import { readPipelineRun } from '../temporal/pipeline-run';
import type { BatchRun, PipelineRun } from '../temporal/pipeline-run';
import type { Problem } from '../temporal/problem';

/** A batch on main: its ledger rows, added up. */
export interface PublishedBatch {
  readonly seq: string;
  readonly ranges: readonly { readonly partition: number; readonly from: string; readonly to: string }[];
  readonly records: number;
  readonly rows: number;
  readonly rejected: number;
  readonly late: number;
  readonly watermark: string | null;
  readonly plannedAt: string;
  readonly workflowId: string;
}

export interface PipelineBatches {
  readonly pipeline: string;
  /** Undefined when Temporal did not answer. */
  readonly state: PipelineRun['state'] | undefined;
  readonly inFlight: readonly BatchRun[];
  /** Newest first. */
  readonly published: readonly PublishedBatch[];
  /** Why what is in flight is not known. */
  readonly problem: Problem | null;
}

/** Pipelines that have published into main, with their raw tables, by name. Throws CATALOG_UNAVAILABLE, STORE_UNAVAILABLE. */
export async function publishedPipelines(
  config: SluiceConfig,
): Promise<readonly { readonly name: string; readonly table: TableName }[]> {
  return withLake(config, async (lake) => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const found = await readPipelines(lake, hash);
    return found
      .map(({ pipeline, raw }) => ({ name: pipeline.name, table: raw.name }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  });
}

/**
 * Batches of one pipeline: published ones from the ledger at main (none without a table), the others from Temporal.
 * Throws TABLE_NOT_FOUND and the UNAVAILABLE codes of the lake.
 */
export async function readBatches(
  config: SluiceConfig,
  input: { readonly name: string; readonly table: TableName | undefined; readonly limit: number },
): Promise<PipelineBatches> {
  const [published, run] = await Promise.all([
    input.table ? readLedger(config, input.table, input.limit) : [],
    readInFlight(config, input.name),
  ]);
  return { pipeline: input.name, published, ...run };
}

async function readInFlight(
  config: SluiceConfig,
  name: string,
): Promise<Pick<PipelineBatches, 'inFlight' | 'problem' | 'state'>> {
  try {
    const run = await withTemporal(config, (temporal) => readPipelineRun(temporal, name));
    return { state: run.state, inFlight: run.batches, problem: run.problem ?? null };
  } catch (error) {
    if (!isSluiceError(error, 'TEMPORAL_UNAVAILABLE')) throw error;
    const { code, message, cure } = error;
    return { state: undefined, inFlight: [], problem: { code, message, ...(cure === undefined ? {} : { cure }) } };
  }
}

/** Gaps that were accepted are no ranges: no record and no marker lies in them. */
async function readLedger(config: SluiceConfig, raw: TableName, limit: number): Promise<readonly PublishedBatch[]> {
  const sql = `select batch::varchar,
      coalesce(list({partition: "partition", "from": from_offset::varchar, "to": to_offset::varchar} order by "partition") filter (where records + markers > 0), [])::json::varchar,
      sum(records)::bigint, sum(rows)::bigint, sum(rejected)::bigint, sum(late)::bigint,
      epoch_ms(max(watermark)), epoch_ms(max(planned_at)), max(workflow_id)
    from ${formatTableName(siblingTable(raw, 'batches'))} group by batch order by batch desc limit ${limit}`;
  const { result } = await queryLake(config, { sql, maxRows: limit });
  return result.rows.map(([seq, ranges, records, rows, rejected, late, watermarkMs, plannedMs, workflowId]) => ({
    seq: String(seq),
    ranges: JSON.parse(String(ranges)) as PublishedBatch['ranges'],
    records: Number(records),
    rows: Number(rows),
    rejected: Number(rejected),
    late: Number(late),
    watermark: watermarkMs === null || watermarkMs === undefined ? null : new Date(Number(watermarkMs)).toISOString(),
    plannedAt: new Date(Number(plannedMs)).toISOString(),
    workflowId: String(workflowId),
  }));
}
