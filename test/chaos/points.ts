/** Where a fault can strike, in the order of a batch's life. The worker reports these itself and waits there until the fault has struck. */
export const workerPoints = [
  'during read',
  'before upload',
  'after upload',
  'after stage',
  'during audit',
  'before merge',
  'after merge',
  'during announce',
] as const;

/** What only a proxy can bring about: the catalog has applied the merge, or will apply it later, and the worker does not know. */
export const proxyPoints = ['merge applied, answer lost', 'merge held back'] as const;

export type WorkerPoint = (typeof workerPoints)[number];
export type ProxyPoint = (typeof proxyPoints)[number];
export type Point = WorkerPoint | ProxyPoint;

export function isWorkerPoint(point: string): point is WorkerPoint {
  return (workerPoints as readonly string[]).includes(point);
}

/** From the worker to whoever started it: it stands at its point, with this batch, and waits for `go`. */
export interface PointReached {
  readonly point: WorkerPoint;
  readonly seq: number;
  readonly id: number;
}

export interface Go {
  readonly go: number;
}
