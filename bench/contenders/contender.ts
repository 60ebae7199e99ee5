import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';

/** J1: the raw table; J2: 1-minute windows per (user_id, event_type); J3: both. */
export type Job = 'J1' | 'J2' | 'J3';

export interface ContenderInput {
  readonly job: Job;
  /** Filled, 4 partitions; nothing else is produced to it. */
  readonly topic: string;
  /** Offsets in the topic, in all partitions together. */
  readonly events: number;
  /** The same lines as NDJSON on local disk, for the limit. */
  readonly linesFile: string;
  /** Empty, local, for this run only. */
  readonly directory: string;
  /** Addresses of the servers. */
  readonly config: SluiceConfig;
  /** Of the tables: `<namespace>.<id>_raw`, `<namespace>.<id>_windows`. */
  readonly namespace: string;
  readonly id: string;
  readonly commitSeconds: number;
  readonly signal: AbortSignal;
  /** Progress. */
  say(text: string): void;
}

export interface ContenderRun {
  /** From the start of the work to the last row visible; process start apart where it can be. */
  readonly wallSeconds: number;
  /** User and system time of the contender's process tree, servers apart. */
  readonly cpuSeconds: number;
  /** Of the tree. */
  readonly peakRssBytes: number;
  /** To the first visible commit. */
  readonly firstRowSeconds?: number;
  readonly output: { readonly raw?: Output; readonly windows?: Output };
}

/** An Iceberg table on Nessie's main, or local Parquet files. */
export type Output = { readonly table: TableName } | { readonly files: readonly string[] };

/** One of the programs that do the same work side by side. */
export interface Contender {
  readonly name: string;
  readonly title: string;
  /** That it can express. */
  readonly jobs: readonly Job[];
  /** Installs and builds what it needs, once, and says what it does. */
  prepare?(say: (text: string) => void): Promise<void>;
  run(input: ContenderInput): Promise<ContenderRun>;
  /** Removes tables and objects of a run. */
  clean?(input: ContenderInput): Promise<void>;
}
