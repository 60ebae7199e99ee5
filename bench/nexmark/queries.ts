import path from 'node:path';
import { quoteText } from '../../engine/sql';
import { logRelation } from '../equality/log-relation';
import type { NexmarkKind } from './ids';
import { logColumns, oracles, type NexmarkQuery } from './oracles';

export type { NexmarkQuery } from './oracles';

export type PipelineFileName = 'bids' | 'append-time' | 'persons' | 'auctions';

interface QueryPlace {
  readonly file: PipelineFileName;
  /** Table in namespace `nexmark`. */
  readonly table: string;
  /** The topic that the pipeline reads; q8 reads auctions too, by another pipeline. */
  readonly kind: NexmarkKind;
  readonly title: string;
}

const bids = { file: 'bids', kind: 'bid' } as const;

/** Where each query stands. q0 is the raw table. */
export const queries = {
  q0: { ...bids, table: 'bid', title: 'pass through' },
  q1: { ...bids, table: 'q1', title: 'currency conversion' },
  q2: { ...bids, table: 'q2', title: 'selection' },
  q5: { ...bids, table: 'q5', title: 'hot items' },
  q7: { ...bids, table: 'q7', title: 'highest bid' },
  q8: { file: 'persons', kind: 'person', table: 'q8', title: 'new users' },
  q11: { ...bids, table: 'q11', title: 'user sessions' },
  q12: { file: 'append-time', kind: 'bid', table: 'q12', title: 'bids in log time' },
  q15: { ...bids, table: 'q15', title: 'bidding statistics' },
  q16: { ...bids, table: 'q16', title: 'channel statistics' },
  q17: { ...bids, table: 'q17', title: 'auction statistics' },
  q18: { ...bids, table: 'q18', title: 'last bids' },
  q19: { ...bids, table: 'q19', title: 'top ten bids' },
} as const satisfies Record<NexmarkQuery, QueryPlace>;

export function pipelineFile(name: PipelineFileName): string {
  return path.join(__dirname, 'pipelines', `${name}.yaml`);
}

/** The oracle's SQL and its relations, for logs of the topics and a watermark. */
export function oracleOf(input: {
  readonly query: NexmarkQuery;
  readonly logs: Readonly<Partial<Record<NexmarkKind, string>>>;
  readonly watermarkMs: number;
}): { readonly expected: string; readonly relations: Readonly<Record<string, string>> } {
  const { query, logs, watermarkMs } = input;
  // A window is closed when its end - 1 ms is not above the watermark.
  const until = new Date(watermarkMs + 1).toISOString();
  const relations = Object.entries(logs).map(
    ([kind, log]) => [`${kind}s`, logRelation(log, logColumns[kind as NexmarkKind])] as const,
  );
  return {
    expected: oracles[query],
    relations: { ...Object.fromEntries(relations), closed: `(select ${quoteText(until)}::timestamptz as until)` },
  };
}
