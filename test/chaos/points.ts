/** Where a fault can strike, in the order of a batch's life. The worker reports these itself and waits there until the fault has struck. */
export const batchPoints = [
  'during read',
  'before upload',
  'after upload',
  'windows stored',
  'after stage',
  'during audit',
  'before merge',
  'after merge',
  'during announce',
] as const;

/** The same inside upkeep, while batches go on. */
export const upkeepPoints = [
  'compaction: during rewrite',
  'compaction: after upload',
  'compaction: after commit',
  'compaction: before merge',
  'compaction: after merge',
  'expiry: before merge',
  'expiry: after merge',
  'sweep: while marking',
  'sweep: list written',
  'sweep: half way through deleting',
] as const;

/** What only a proxy can bring about: the catalog has applied the merge, or will apply it later, and the worker does not know. */
export const proxyPoints = [
  'merge applied, answer lost',
  'merge held back',
  'compaction: merge applied, answer lost',
  'expiry: merge applied, answer lost',
] as const;

export type WorkerPoint = (typeof batchPoints)[number] | (typeof upkeepPoints)[number];
export type ProxyPoint = (typeof proxyPoints)[number];
export type Point = WorkerPoint | ProxyPoint;
export type UpkeepKind = 'compaction' | 'expiry' | 'sweep';

export function isWorkerPoint(point: string): point is WorkerPoint {
  return !(proxyPoints as readonly string[]).includes(point);
}

/** The upkeep that a point is inside of; undefined for a batch's. */
export function upkeepOf(point: Point): UpkeepKind | undefined {
  return /^(compaction|expiry|sweep): /.exec(point)?.[1] as UpkeepKind | undefined;
}

/** From the worker to whoever started it: it stands at its point, with this batch (0 in upkeep), and waits for `go`. */
export interface PointReached {
  readonly point: WorkerPoint;
  readonly seq: number;
  readonly id: number;
}

export interface Go {
  readonly go: number;
}
