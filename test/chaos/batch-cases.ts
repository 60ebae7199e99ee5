import type { ChaosCase } from './case';
import { catalogCases, LONG_AWAY_MS, processCases, requestCases } from './make-cases';
import type { Point } from './points';

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

/** Faults at the points of a batch, of a pipeline with tumbling windows. */
export const batchCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', ['during read', ...allPoints]),
  ...processCases('worker', 'SIGSTOP', allPoints),
  ...processCases('worker', 'network cut', allPoints),
  ...processCases('worker', 'network silent', ['before merge'], { awayMs: LONG_AWAY_MS }),
  // Where the first worker died with the batch on main, the second one finds it there and meets its fault in the batch that follows.
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
  ...requestCases('held back', ['merge'], { holdMs: 3_000 }),
  ...requestCases('delayed', ['merge'], { holdMs: 5_000 }),
  ...requestCases('broken off half way', ['put data file']),
];
