import type {
  CatalogCase,
  CatalogChange,
  ChaosCase,
  ProcessCase,
  ProcessFault,
  RequestCase,
  RequestFault,
} from './case';
import type { Point, WorkerPoint } from './points';
import type { RequestKind } from './request-kind';
import type { Server } from './wires';

/** Longer than the heartbeat time-out of every activity (15 s), so that another attempt is under way when a process comes back. */
const AWAY_MS = 20_000;
/** Longer than the time a client waits for an answer of Nessie or S3 (30 s): it gives up, and the server gets the request all the same. */
const LONG_AWAY_MS = 36_000;
const HOLD_MS = 60_000;

type ProcessOptions = Partial<Pick<ProcessCase, 'batch' | 'awayMs' | 'holdMs'>> & { readonly suffix?: string };

function processCases(
  victim: ProcessCase['victim'],
  fault: ProcessFault,
  points: readonly Point[],
  { suffix = '', ...options }: ProcessOptions = {},
): readonly ProcessCase[] {
  return points.map((point, index) => ({
    kind: 'process',
    name: `${victimName(victim)}, ${fault}${suffix}, ${point}`,
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

function requestCases(fault: RequestFault, requests: readonly RequestKind[], holdMs = 8_000): readonly RequestCase[] {
  return requests.map((request, index) => ({
    kind: 'request',
    name: `request, ${fault}, ${request}`,
    request,
    fault,
    batch: 1 + (index % 2),
    awayMs: 0,
    holdMs,
  }));
}

function catalogCases(change: CatalogChange, points: readonly WorkerPoint[]): readonly CatalogCase[] {
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

const allPoints: readonly Point[] = [
  'before upload',
  'after upload',
  'after stage',
  'during audit',
  'before merge',
  'merge applied, answer lost',
  'merge held back',
  'after merge',
  'during announce',
];

/** The table: every case has a name of its own, and is run again by it. */
export const chaosCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', ['during read', ...allPoints]),
  ...processCases('worker', 'SIGSTOP', allPoints),
  ...processCases('worker', 'network cut', allPoints),
  ...processCases('worker', 'network silent', ['before merge'], { awayMs: LONG_AWAY_MS }),
  // In the first batch: where the first worker died after the merge, the second one meets its fault in the batch that follows.
  ...processCases('second worker', 'SIGKILL', ['after upload', 'after stage', 'before merge', 'after merge'], {
    batch: 1,
  }),
  ...processCases('second worker', 'SIGSTOP', ['after stage', 'before merge'], { batch: 1 }),
  ...processCases('second worker', 'network cut', ['after stage'], { batch: 1 }),
  ...processCases(['nessie'], 'SIGKILL', [
    'after upload',
    'after stage',
    'during audit',
    'before merge',
    'merge applied, answer lost',
    'after merge',
  ]),
  ...processCases(['nessie'], 'SIGSTOP', ['during audit']),
  ...processCases(['nessie'], 'SIGSTOP', ['before merge'], { awayMs: LONG_AWAY_MS, suffix: ' for 36 s' }),
  ...processCases(['nessie'], 'network cut', ['before merge', 'merge applied, answer lost', 'merge held back']),
  ...processCases(['nessie'], 'network silent', ['before merge'], { awayMs: LONG_AWAY_MS }),
  ...processCases(['s3'], 'SIGKILL', ['before upload', 'during audit', 'before merge']),
  ...processCases(['s3'], 'SIGSTOP', ['before upload']),
  ...processCases(['s3'], 'network cut', ['before upload', 'during audit']),
  ...processCases(['kafka'], 'SIGKILL', ['during read', 'before merge', 'during announce']),
  ...processCases(['kafka'], 'SIGSTOP', ['during read']),
  ...processCases(['kafka'], 'network cut', ['during read', 'during announce']),
  ...processCases(['temporal'], 'SIGKILL', [
    'after upload',
    'after stage',
    'before merge',
    'merge applied, answer lost',
    'after merge',
    'during announce',
  ]),
  ...processCases(['temporal'], 'SIGSTOP', ['before merge']),
  ...processCases(['temporal'], 'network cut', ['after upload', 'after merge']),
  ...processCases(['kafka', 'nessie', 's3', 'temporal'], 'SIGKILL', ['before merge', 'merge applied, answer lost']),
  ...catalogCases('audit branch deleted', ['after stage', 'before merge']),
  ...catalogCases('earlier branch brought back', ['during announce']),
  ...requestCases('answer lost', ['put data file', 'create branch', 'commit', 'merge', 'delete branch']),
  ...requestCases('503 after applying', ['commit', 'merge']),
  ...requestCases('delivered twice', ['commit', 'merge']),
  ...requestCases('held back', ['create branch', 'commit', 'delete branch']),
  ...requestCases('held back', ['merge'], 3_000),
  ...requestCases('delayed', ['merge'], 5_000),
  ...requestCases('broken off half way', ['put data file']),
];

/** Those whose name contains one of the texts, whatever its case; all when there is none. */
export function casesNamed(only: readonly string[], cases: readonly ChaosCase[] = chaosCases): readonly ChaosCase[] {
  if (only.length === 0) return cases;
  return cases.filter(({ name }) => only.some((part) => name.toLowerCase().includes(part.toLowerCase())));
}
