import type { ChaosCase } from './case';
import { processCases, requestCases } from './make-cases';

/** The merge arrives late, and the branch that it takes is still there: the keys refuse it. */
const stands = { branchStands: true, end: ', branch stands' } as const;

export const branchCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', ['merge held back'], stands),
  ...processCases('worker', 'SIGSTOP', ['merge held back'], stands),
  ...requestCases('held back', ['merge'], { branchStands: true, suffix: ', branch stands' }),
];

/** In the second batch, which changes windows that the first has published. */
const amending = { shape: 'amending', end: ', amending', batch: 2 } as const;

export const amendingCases: readonly ChaosCase[] = [
  ...processCases(
    'worker',
    'SIGKILL',
    ['windows stored', 'after stage', 'during audit', 'before merge', 'merge applied, answer lost', 'after merge'],
    amending,
  ),
  ...processCases('worker', 'SIGSTOP', ['windows stored', 'before merge', 'merge applied, answer lost'], amending),
  ...processCases('worker', 'network cut', ['after stage', 'before merge'], amending),
  ...processCases(['nessie'], 'SIGKILL', ['after stage', 'before merge'], amending),
  ...processCases('worker', 'SIGKILL', ['merge held back'], {
    ...amending,
    branchStands: true,
    end: ', amending, branch stands',
  }),
  ...requestCases('delivered twice', ['merge'], { shape: 'amending', suffix: ', amending', batch: 2 }),
];
