import type { ChaosCase } from './case';
import { catalogCases, LONG_AWAY_MS, processCases, requestCases } from './make-cases';

/** What the product of faults, points and victims does not hold: other points, longer and silent faults, all servers at once, single requests. */
export const batchCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', ['during read', 'windows stored']),
  ...processCases('worker', 'network silent', ['before merge'], { awayMs: LONG_AWAY_MS }),
  ...processCases(['nessie'], 'SIGSTOP', ['before merge'], { awayMs: LONG_AWAY_MS, suffix: ' for 36 s' }),
  ...processCases(['nessie'], 'network silent', ['before merge'], { awayMs: LONG_AWAY_MS }),
  ...processCases(['kafka'], 'SIGKILL', ['during read']),
  ...processCases(['kafka'], 'SIGSTOP', ['during read']),
  ...processCases(['kafka'], 'network cut', ['during read']),
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
