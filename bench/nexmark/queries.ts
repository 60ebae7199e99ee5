import path from 'node:path';
import { quoteText } from '../../engine/sql';
import { logRelation } from '../equality/log-relation';
import type { NexmarkKind } from './ids';
import { flinkOracles, logColumns, oracles, type NexmarkQuery } from './oracles';

export type { NexmarkQuery } from './oracles';

export type PipelineFileName = 'bids' | 'append-time' | 'persons' | 'auctions';

interface QueryPlace {
  /** Table in namespace `nexmark`. */
  readonly table: string;
  readonly title: string;
  /** The first one has the table, another one is joined. */
  readonly pipelines: readonly [QueryPipeline, ...QueryPipeline[]];
}

interface QueryPipeline {
  readonly file: PipelineFileName;
  readonly kind: NexmarkKind;
}

const overBids = [{ file: 'bids', kind: 'bid' }] as const;

/** Where each query stands. q0 is the raw table. */
export const queries: Readonly<Record<NexmarkQuery, QueryPlace>> = {
  q0: { table: 'bid', title: 'pass through', pipelines: overBids },
  q1: { table: 'q1', title: 'currency conversion', pipelines: overBids },
  q2: { table: 'q2', title: 'selection', pipelines: overBids },
  q5: { table: 'q5', title: 'hot items', pipelines: overBids },
  q7: { table: 'q7', title: 'highest bid', pipelines: overBids },
  q8: {
    table: 'q8',
    title: 'new users',
    pipelines: [
      { file: 'persons', kind: 'person' },
      { file: 'auctions', kind: 'auction' },
    ],
  },
  q11: { table: 'q11', title: 'user sessions', pipelines: overBids },
  q12: { table: 'q12', title: 'bids in log time', pipelines: [{ file: 'append-time', kind: 'bid' }] },
  q14: { table: 'q14', title: 'calculation', pipelines: overBids },
  q15: { table: 'q15', title: 'bidding statistics', pipelines: overBids },
  q16: { table: 'q16', title: 'channel statistics', pipelines: overBids },
  q17: { table: 'q17', title: 'auction statistics', pipelines: overBids },
  q18: { table: 'q18', title: 'last bids', pipelines: overBids },
  q19: { table: 'q19', title: 'top ten bids', pipelines: overBids },
  q21: { table: 'q21', title: 'channel ids', pipelines: overBids },
  q22: { table: 'q22', title: 'directories', pipelines: overBids },
};

export function pipelineFile(name: PipelineFileName): string {
  return path.join(__dirname, 'pipelines', `${name}.yaml`);
}

/** The oracle's SQL and its relations, for logs of the topics and a watermark. */
export function oracleOf(input: {
  readonly query: NexmarkQuery;
  readonly logs: Readonly<Partial<Record<NexmarkKind, string>>>;
  /** Closes windows; without one all are closed, as Flink does at the end of a bounded source. */
  readonly watermarkMs?: number;
  /** Flink's session windows differ. */
  readonly system?: 'sluice' | 'flink';
}): { readonly expected: string; readonly relations: Readonly<Record<string, string>> } {
  const { query, logs, watermarkMs, system = 'sluice' } = input;
  // A window is closed when its end - 1 ms is not above the watermark.
  const until = watermarkMs === undefined ? 'infinity' : new Date(watermarkMs + 1).toISOString();
  const relations = Object.entries(logs).map(
    ([kind, log]) => [`${kind}s`, logRelation(log, logColumns[kind as NexmarkKind])] as const,
  );
  return {
    expected: (system === 'flink' ? flinkOracles : oracles)[query],
    relations: { ...Object.fromEntries(relations), closed: `(select ${quoteText(until)}::timestamptz as until)` },
  };
}
