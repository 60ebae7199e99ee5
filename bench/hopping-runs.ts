import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../engine/engine';
import type { RawFile } from '../engine/panes/cache-work';
import { openPaneCache } from '../engine/panes/pane-cache';
import { planPanes, type PanePlan } from '../engine/panes/plan-panes';
import { filesRelation } from '../engine/read-files';
import { fixedEventsSql } from '../engine/windows/fixed-windows-sql';
import { windowQuerySql } from '../engine/windows/window-sql';
import { writeTable } from '../engine/write-parquet';
import type { Schema } from '../lake/iceberg/types';
import { wantedRanges, type FixedWindows, type WantedWindows } from '../stream/windows';

export const QUERY =
  'select user_id, window_end, count(*) as events, sum(amount) as total, max(amount) as most from events group by all';
export const SIZE_MS = 3_600_000;
/** Event times are spread evenly over this. */
export const SPAN_MS = 4 * SIZE_MS;
const EVENT_TIME = 'event_time';

const schema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: '_offset', required: true, type: 'long' },
    { id: 2, name: 'user_id', required: true, type: 'long' },
    { id: 3, name: EVENT_TIME, required: true, type: 'timestamptz' },
    { id: 4, name: 'amount', required: true, type: 'long' },
    { id: 5, name: 'page', required: false, type: 'string' },
  ],
};

export interface Batch extends RawFile {
  readonly events: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Cost {
  readonly cpuSeconds: number;
  /** Events of the batches that were measured. */
  readonly events: number;
  readonly results: number;
}

/** Raw files, one per batch, each of an equal stretch of event time. */
export async function writeBatches(
  session: Session,
  input: { readonly events: number; readonly keys: number; readonly batches: number; readonly directory: string },
): Promise<readonly Batch[]> {
  const { events, keys, batches, directory } = input;
  const written: Batch[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const [from, to] = [batch, batch + 1].map((edge) => Math.round((events * edge) / batches)) as [number, number];
    const select = `SELECT i AS _offset, (hash(i) % ${keys})::BIGINT AS user_id, make_timestamptz((i * ${SPAN_MS * 1000}::HUGEINT // ${events})::BIGINT) AS ${EVENT_TIME},
      (hash(i + 1) % 100000)::BIGINT AS amount, 'page ' || hash(i + 2) % 1000 AS page FROM range(${from}, ${to}) r(i)`;
    const files = await writeTable(session, {
      select,
      schema,
      spec: { 'spec-id': 0, fields: [] },
      directory,
      namePrefix: `batch-${batch}`,
    });
    for (const { localPath } of files) {
      written.push({
        uri: localPath,
        localPath,
        events: to - from,
        fromMs: (SPAN_MS * batch) / batches,
        toMs: (SPAN_MS * (batch + 1)) / batches,
      });
    }
  }
  return written;
}

export interface RunInput {
  readonly batches: readonly Batch[];
  readonly windows: FixedWindows;
  readonly directory: string;
  /** Every how many batches one is measured. */
  readonly every: number;
}

/** Computes the windows that one batch closes, from the raw files that they reach into, and says how many rows they gave. */
type Way = (files: readonly Batch[], wanted: WantedWindows, windowCount: number) => Promise<void>;

/** All batches in turn, each closing the windows that its events have passed. */
export async function runBatches(session: Session, input: RunInput, way: Way): Promise<Cost> {
  const { batches, windows, every } = input;
  const sum = { cpuSeconds: 0, events: 0, results: 0 };
  let closedMs: number | undefined;
  for (const [index, batch] of batches.entries()) {
    const untilMs = Math.floor(batch.toMs / windows.slideMs) * windows.slideMs;
    const isMeasured = index % every === every - 1 || batches.length === 1;
    const before = process.cpuUsage();
    let results = 0;
    if (untilMs > (closedMs ?? 0)) {
      const wanted = { closing: { ...(closedMs === undefined ? {} : { afterMs: closedMs }), untilMs }, again: [] };
      const [range] = wantedRanges(wanted, windows);
      const files = batches.slice(0, index + 1).filter(({ toMs }) => toMs > (range!.fromMs ?? -Infinity));
      if (isMeasured || every === 1) {
        await way(files, wanted, closedMs === undefined ? Infinity : (untilMs - closedMs) / windows.slideMs);
        const [row] = await session.rows<{ n: bigint }>('SELECT count(*) AS n FROM window_rows');
        results = Number(row!.n);
      }
      closedMs = untilMs;
    }
    if (!isMeasured) continue;
    const used = process.cpuUsage(before);
    sum.cpuSeconds += (used.user + used.system) / 1e6;
    sum.events += batch.events;
    sum.results += results;
  }
  return sum;
}

/** Every raw row once for each window that it is in, in one scan of the files. */
export function scanWay(session: Session, windows: FixedWindows): Way {
  return async (files, wanted) => {
    const source = filesRelation(
      schema,
      files.map(({ localPath }) => localPath),
    );
    const sql = fixedEventsSql({ source, eventTime: EVENT_TIME, windows, wanted });
    await session.run(`CREATE OR REPLACE TABLE window_rows AS ${windowQuerySql(QUERY, [{ name: 'events', sql }])}`);
  };
}

/** As the windows of a pipeline are served: partial rows, with a cache that begins empty, or the scan where those are no gain. */
export async function servedWay(session: Session, windows: FixedWindows, directory: string): Promise<Way> {
  const plan = await planOf(session);
  const scan = scanWay(session, windows);
  await rm(path.join(directory, 'panes'), { recursive: true, force: true });
  const cache = openPaneCache({ directory: path.join(directory, 'panes'), limitBytes: 1e10 });
  return async (files, wanted, windowCount) => {
    const found = await cache.partials(session, { plan, schema, eventTime: EVENT_TIME, windows, wanted, files });
    if ('reason' in found) return scan(files, wanted, windowCount);
    const { slideMs, sizeMs } = windows;
    const { afterMs, untilMs } = wanted.closing!;
    const ends = `range(${(afterMs ?? 0) + slideMs}, ${untilMs} + 1, ${slideMs})`;
    const asked = `(SELECT make_timestamptz((e - ${sizeMs}) * 1000) AS window_start, make_timestamptz(e * 1000) AS window_end FROM (SELECT unnest(${ends})::BIGINT AS e))`;
    const sql = plan.windowsSql({ partials: found.relation, ...windows, windows: asked, windowCount });
    await session.run(`CREATE OR REPLACE TABLE window_rows AS SELECT * FROM (${sql}) ORDER BY ALL`);
    await found.release();
  };
}

async function planOf(session: Session): Promise<PanePlan> {
  const found = await planPanes(session, { query: QUERY, columns: schema.fields, eventTime: EVENT_TIME });
  if ('reason' in found) throw new Error(found.reason);
  return found.plan;
}
