import type { ChaosCase } from './case';
import { processCases } from './make-cases';

/** More of the product of victims, faults and points: see docs/crash-matrix.md for what is left out of it. */
export const moreCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', ['windows stored']),
  ...processCases(
    'second worker',
    'SIGKILL',
    ['before upload', 'during audit', 'merge applied, answer lost', 'during announce'],
    { batch: 1 },
  ),
  ...processCases('second worker', 'SIGSTOP', ['after upload', 'during audit', 'after merge'], { batch: 1 }),
  ...processCases('second worker', 'network cut', ['after upload', 'before merge'], { batch: 1 }),
  ...processCases(['nessie'], 'SIGSTOP', ['after upload', 'after stage']),
  ...processCases(['nessie'], 'network cut', ['after upload', 'after merge']),
  ...processCases(['s3'], 'SIGKILL', ['after upload', 'after stage', 'merge applied, answer lost', 'after merge']),
  ...processCases(['s3'], 'SIGSTOP', ['during audit']),
  ...processCases(['s3'], 'network cut', ['after stage']),
  ...processCases(['kafka'], 'SIGSTOP', ['before merge', 'during announce']),
  ...processCases(['kafka'], 'network cut', ['before merge']),
  ...processCases(['temporal'], 'SIGSTOP', ['after upload', 'merge applied, answer lost']),
  ...processCases(['temporal'], 'network cut', ['after stage', 'during announce']),
];
