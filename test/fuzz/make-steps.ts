import { faultKinds, faultPoints } from './case';
import type { Fault, FuzzStep } from './case';
import type { Random } from './random';

/** 2 to 6 steps; partitions are added on the way. Half of the cases go without faults. */
export function makeSteps(random: Random): readonly FuzzStep[] {
  const faulty = random.chance(0.5);
  let partitions = random.int(1, 4);
  return Array.from({ length: random.int(2, 6) }, (_, index): FuzzStep => {
    if (index > 0 && random.chance(0.15)) partitions = Math.min(5, partitions + random.int(1, 2));
    return {
      clockMs: random.pick([0, 500, 4000, 9_999, 10_000, 60_000]),
      partitions,
      overlap: random.chance(0.3),
      faults: faulty ? Array.from({ length: random.int(0, 3) }, () => makeFault(random)) : [],
    };
  });
}

const makeFault = (random: Random): Fault => ({ at: random.pick(faultPoints), kind: random.pick(faultKinds) });
