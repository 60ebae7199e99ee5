import type { CatalogCase, CatalogChange, ProcessCase, ProcessFault, RequestCase, RequestFault } from './case';
import type { Point, WorkerPoint } from './points';
import type { RequestKind } from './request-kind';
import type { Server } from './wires';

/** Longer than the heartbeat time-out of every activity (15 s), so that another attempt is under way when a process comes back. */
export const AWAY_MS = 20_000;
/** Longer than the time a client waits for an answer of Nessie or S3 (30 s): it gives up, and the server gets the request all the same. */
export const LONG_AWAY_MS = 36_000;
const HOLD_MS = 60_000;

type ProcessOptions = Partial<Pick<ProcessCase, 'batch' | 'awayMs' | 'holdMs' | 'shape' | 'branchStands'>> & {
  readonly suffix?: string;
  readonly end?: string;
};

export function processCases(
  victim: ProcessCase['victim'],
  fault: ProcessFault,
  points: readonly Point[],
  { suffix = '', end = '', ...options }: ProcessOptions = {},
): readonly ProcessCase[] {
  return points.map((point, index) => ({
    kind: 'process',
    name: `${victimName(victim)}, ${fault}${suffix}, ${point}${end}`,
    victim,
    fault,
    point,
    batch: 1 + (index % 2),
    awayMs: AWAY_MS,
    holdMs: HOLD_MS,
    ...options,
  }));
}

const serverNames: Readonly<Record<Server, string>> = {
  kafka: 'Kafka',
  nessie: 'Nessie',
  s3: 'S3 store',
  temporal: 'Temporal',
};

export function victimName(victim: ProcessCase['victim']): string {
  if (typeof victim === 'string') return victim;
  return victim.length === 4 ? 'all servers' : victim.map((server) => serverNames[server]).join(' and ');
}

export function requestCases(
  fault: RequestFault,
  requests: readonly RequestKind[],
  {
    suffix = '',
    ...options
  }: Partial<Pick<RequestCase, 'holdMs' | 'shape' | 'branchStands' | 'batch'>> & { readonly suffix?: string } = {},
): readonly RequestCase[] {
  return requests.map((request, index) => ({
    kind: 'request',
    name: `request, ${fault}, ${request}${suffix}`,
    request,
    fault,
    batch: 1 + (index % 2),
    awayMs: 0,
    holdMs: 8_000,
    ...options,
  }));
}

export function catalogCases(change: CatalogChange, points: readonly WorkerPoint[]): readonly CatalogCase[] {
  return points.map((point) => ({
    kind: 'catalog',
    name: `late request, ${change}, ${point}`,
    change,
    point,
    batch: 2,
    awayMs: 0,
    holdMs: 0,
  }));
}
