import type { RequestKind } from './request-kind';
import { isWorkerPoint, upkeepOf } from './points';
import type { Point, WorkerPoint } from './points';
import type { Server } from './wires';

export type ProcessFault = 'SIGKILL' | 'SIGSTOP' | 'network cut' | 'network silent';
export type RequestFault =
  'answer lost' | '503 after applying' | 'delivered twice' | 'held back' | 'delayed' | 'broken off half way';

interface Common {
  /** Unique; the case is run again by it. */
  readonly name: string;
  /** It strikes in this batch (points), or at the request of this number (requests). */
  readonly batch: number;
  /** How long a process stands still or a network is away; longer than the heartbeat time-out of an activity, 15 s, unless said otherwise. */
  readonly awayMs: number;
  /** How long a request is held back. */
  readonly holdMs: number;
  /** Amending: hopping windows and sessions beside the tumbling ones, and events that come late and change windows that are published. */
  readonly shape?: 'amending';
  /** The audit branch is not deleted before the merge held back has arrived: what refuses it is the fence of keys. */
  readonly branchStands?: true;
}

/** A process, or its network, fails when the worker reaches a point of a batch. */
export interface ProcessCase extends Common {
  readonly kind: 'process';
  readonly victim: 'worker' | 'second worker' | readonly Server[];
  readonly fault: ProcessFault;
  readonly point: Point;
}

/** One request to Nessie or S3 goes wrong, and no process fails. */
export interface RequestCase extends Common {
  readonly kind: 'request';
  readonly request: RequestKind;
  readonly fault: RequestFault;
}

/** While the worker stands at its point, the catalog is changed as a late request of a dead attempt would change it. */
export interface CatalogCase extends Common {
  readonly kind: 'catalog';
  readonly change: CatalogChange;
  readonly point: WorkerPoint;
}

export type CatalogChange = 'audit branch deleted' | 'earlier branch brought back';

export type ChaosCase = ProcessCase | RequestCase | CatalogCase;

/** Cases of one text want the same blow to the same servers, and can be struck together by it. */
export function sharedBlow(item: ChaosCase): string | undefined {
  if (item.kind !== 'process' || !needsOwnServers(item)) return undefined;
  // A request that a proxy keeps cannot wait for others: its client would give up.
  const key = [item.victim, item.fault, item.awayMs, upkeepOf(item.point) ?? ''].join(' ');
  return isWorkerPoint(item.point) ? key : item.name;
}

/** True when the case kills or stops servers that others use too. */
export function needsOwnServers(item: ChaosCase): boolean {
  return item.kind === 'process' && typeof item.victim !== 'string' && ['SIGKILL', 'SIGSTOP'].includes(item.fault);
}

export interface CaseOutcome {
  readonly name: string;
  readonly ok: boolean;
  /** False when the case broke off before its tables could be looked at: the figures say nothing then. */
  readonly checked: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly events: number;
  readonly batches: number;
  readonly verify: boolean;
  readonly windows: boolean;
  readonly filesChecked: number;
  readonly filesMissing: number;
  readonly watermark: boolean;
  readonly branchesLeft: number;
  /** From the blow to all events of before it published; of upkeep: to its end. */
  readonly decisionMs: number | undefined;
  /** The same from when what was struck worked again: 0 when it was decided before. */
  readonly afterMs: number | undefined;
  readonly durationMs: number;
  /** What was seen on the way: the answer to a request held back, for one. */
  readonly notes: readonly string[];
  /** Every reason why it is not ok. */
  readonly problems: readonly string[];
}
