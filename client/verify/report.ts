/** What `sluice verify` found. `ok` is the conjunction of everything below it. */
export interface VerifyReport {
  readonly ok: boolean;
  /** The Nessie commit that was verified. */
  readonly hash: string;
  readonly pipelines: readonly PipelineReport[];
}

export interface PipelineReport {
  readonly ok: boolean;
  readonly pipeline: string;
  readonly table: string;
  readonly batches: number;
  readonly rows: number;
  readonly rejected: number;
  readonly late: number;
  readonly partitions: readonly PartitionReport[];
  readonly checks: readonly CheckReport[];
}

export interface PartitionReport {
  readonly partition: number;
  /** [from, to) as decimal text: what the ledger says was read. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  readonly rejected: number;
  readonly markers: number;
}

export interface CheckReport {
  readonly name:
    | 'ranges tile'
    | 'counts agree'
    | 'no duplicates'
    | 'values as read'
    | 'late rows accounted'
    | 'watermark advances'
    | 'windows equal raw'
    | 'commits whole';
  readonly ok: boolean;
  /** One sentence of evidence: what was compared. */
  readonly detail: string;
  readonly problems: readonly Problem[];
}

export interface Problem {
  readonly message: string;
  readonly partition?: number;
  /** Exact offsets, as decimal text, capped. */
  readonly offsets?: readonly string[];
  readonly table?: string;
}

/** More than this many offsets or rows of one kind are counted, not listed. */
export const LISTED = 20;

export function check(name: CheckReport['name'], detail: string, problems: readonly Problem[]): CheckReport {
  return { name, ok: problems.length === 0, detail, problems };
}
