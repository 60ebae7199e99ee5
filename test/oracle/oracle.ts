import { fixedWindowTable } from './fixed-windows';
import { toMicros } from './integers';
import type { OracleBatch, OraclePipeline, OracleRecord, OracleRow, OracleState, WindowTable } from './model';
import { sessionTable } from './sessions';
import { nextWatermark } from './watermark';

export interface Oracle {
  /** What the lake must hold once this batch is published. Batches come in order. */
  apply(batch: OracleBatch): OracleState;
}

/**
 * The semantics of event time, slow and plain: one row after another, everything kept in arrays, nothing shared with the code under test.
 * Rows are judged by the watermark before their batch, windows close by the one after it.
 */
export function openOracle(pipeline: OraclePipeline): Oracle {
  const raw: OracleRow[] = [];
  const rejected: OracleRecord[] = [];
  const highest = new Map<number, bigint>();
  const everSeen = new Set<number>();
  const tables = pipeline.windows.map((window) => ({
    name: window.table,
    table: window.shape.kind === 'session' ? sessionTable(window) : fixedWindowTable(window),
  }));
  let watermarkMs: bigint | undefined;

  return {
    apply({ partitions, idle, records }) {
      const rows: OracleRow[] = [];
      for (const record of records) {
        const row = rowOf(record, pipeline.maxFutureMs);
        if (row === undefined) {
          rejected.push(record);
          continue;
        }
        rows.push(row);
        const known = highest.get(row.partition);
        if (known === undefined || row.timeUs > known) highest.set(row.partition, row.timeUs);
      }
      raw.push(...rows);
      for (const partition of partitions) everSeen.add(partition);
      const beforeMs = watermarkMs;
      watermarkMs = nextWatermark({
        beforeMs,
        boundMs: pipeline.watermarkMs,
        partitions: [...everSeen],
        idle,
        highest,
      });
      const found = new Map<string, WindowTable>();
      for (const { name, table } of tables) found.set(name, table.apply(rows, beforeMs, watermarkMs));
      return { watermarkMs, raw: [...raw], rejected: [...rejected], tables: found };
    },
  };
}

/** Undefined when it is rejected: no event time, or one that lies too far ahead of Kafka's timestamp. */
function rowOf(record: OracleRecord, maxFutureMs: number): OracleRow | undefined {
  const { timeUs } = record;
  if (timeUs === undefined) return undefined;
  if (timeUs > toMicros(record.timestampMs) + toMicros(maxFutureMs)) return undefined;
  return { ...record, timeUs };
}
