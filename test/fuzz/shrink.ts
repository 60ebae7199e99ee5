import type { FuzzCase } from './case';

/**
 * Makes a failing case smaller by leaving out events, steps, faults and windows, as long as it still fails; greedy, at most `tries` runs.
 */
export async function shrinkCase(
  fuzzCase: FuzzCase,
  fails: (smaller: FuzzCase) => Promise<boolean>,
  tries = 300,
): Promise<FuzzCase> {
  let smallest = fuzzCase;
  let left = tries;
  const attempt = async (smaller: FuzzCase): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await fails(smaller))) return false;
    smallest = smaller;
    return true;
  };
  for (let before = -1; before !== sizeOf(smallest) && left > 0;) {
    before = sizeOf(smallest);
    for (
      let chunk = Math.ceil(smallest.events.length / 2);
      chunk >= 1;
      chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)
    ) {
      for (let at = 0; at < smallest.events.length;) {
        const events = smallest.events.filter((_, index) => index < at || index >= at + chunk);
        if (!(await attempt({ ...smallest, events }))) at += chunk;
      }
    }
    for (let index = 0; index < smallest.windows.length && smallest.windows.length > 1;) {
      const windows = smallest.windows.filter((_, other) => other !== index);
      if (!(await attempt({ ...smallest, windows }))) index += 1;
    }
    for (let index = 0; index < smallest.steps.length; index += 1) {
      if (smallest.steps[index]!.overlap) await attempt(withStep(smallest, index, { overlap: false }));
      for (let at = 0; at < smallest.steps[index]!.faults.length;) {
        const faults = smallest.steps[index]!.faults.filter((_, other) => other !== at);
        if (!(await attempt(withStep(smallest, index, { faults })))) at += 1;
      }
    }
    for (let index = 0; index < smallest.steps.length && smallest.steps.length > 1;)
      if (!(await attempt(withoutStep(smallest, index)))) index += 1;
    if (smallest.partition.length > 0) await attempt({ ...smallest, partition: [] });
    if (smallest.maxEvents < 1_000_000) await attempt({ ...smallest, maxEvents: 1_000_000 });
  }
  return smallest;
}

const sizeOf = ({ events, steps, windows }: FuzzCase): number =>
  events.length +
  windows.length +
  steps.reduce((sum, { faults, overlap }) => sum + 1 + faults.length + Number(overlap), 0);

function withStep(fuzzCase: FuzzCase, index: number, change: Partial<FuzzCase['steps'][number]>): FuzzCase {
  return { ...fuzzCase, steps: fuzzCase.steps.map((step, at) => (at === index ? { ...step, ...change } : step)) };
}

/** Its events come with the step after it; the last step's with the one before it. */
function withoutStep(fuzzCase: FuzzCase, index: number): FuzzCase {
  const last = fuzzCase.steps.length - 2;
  const steps = fuzzCase.steps.filter((_, at) => at !== index);
  const events = fuzzCase.events.map((event) => ({
    ...event,
    step: Math.min(last, event.step > index ? event.step - 1 : event.step),
  }));
  const enough = Math.max(...events.map(({ partition }) => partition + 1), 1);
  return {
    ...fuzzCase,
    steps: steps.map((step, at) => (at === last ? { ...step, partitions: Math.max(step.partitions, enough) } : step)),
    events,
  };
}
