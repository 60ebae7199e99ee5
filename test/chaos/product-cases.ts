import type { ProcessCase, ProcessFault } from './case';
import { processCases } from './make-cases';
import type { Point } from './points';

export const productVictims: readonly ProcessCase['victim'][] = [
  'worker',
  'second worker',
  ['kafka'],
  ['nessie'],
  ['s3'],
  ['temporal'],
];
export const productFaults: readonly ProcessFault[] = ['SIGKILL', 'SIGSTOP', 'network cut'];
export const productPoints: readonly Point[] = [
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

/** Every fault at every point to every victim, of a pipeline with tumbling windows: nothing is left out because it looks harmless. */
export const productCases: readonly ProcessCase[] = productVictims.flatMap((victim) =>
  productFaults.flatMap((fault) =>
    // Where the first worker died with the batch on main, the second one finds it there and meets its fault in the batch that follows.
    processCases(victim, fault, productPoints, victim === 'second worker' ? { batch: 1 } : {}),
  ),
);
