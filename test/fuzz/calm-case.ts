import type { FuzzCase, FuzzEvent } from './case';
import { makeCase } from './make-case';
import { seededRandom } from './random';

/**
 * The events of a seed, rearranged so that none is late however they are cut into batches: in each partition the times go up but for less than
 * the bound, all partitions are there from the start and begin with an event, no clock runs. No faults.
 */
export function calmCase(seed: number): FuzzCase {
  const drawn = makeCase(seed);
  const random = seededRandom(seed + 1);
  const partitions = drawn.steps.at(-1)!.partitions;
  const boundUs = drawn.watermarkMs * 1000;
  const events = Array.from({ length: partitions }, (_, partition) => {
    const own = drawn.events.filter((event) => event.partition === partition);
    const times = own
      .flatMap(({ body }) => (body.kind === 'event' ? [body.timeUs] : []))
      .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    return own.map(({ timestampMs, body }): FuzzEvent => {
      if (body.kind !== 'event') return { step: 0, partition, timestampMs, body };
      const timeUs = times.shift()! - BigInt(random.int(0, boundUs));
      // Kafka's timestamp stands at its event: nothing is rejected for being too early.
      return {
        step: 0,
        partition,
        timestampMs: Math.max(0, Math.ceil(Number(timeUs) / 1000)),
        body: { ...body, timeUs },
      };
    });
  }).flat();
  return { ...drawn, maxEvents: 1_000_000, events, steps: [{ clockMs: 0, partitions, overlap: false, faults: [] }] };
}

/** The same events in the same partitions and order, cut into other batches. */
export function cutAnew(fuzzCase: FuzzCase, seed: number): FuzzCase {
  const random = seededRandom(seed);
  const count = random.int(2, 6);
  const [step] = fuzzCase.steps;
  const reached = new Map<number, number>();
  const events = fuzzCase.events.map((event): FuzzEvent => {
    const at = reached.get(event.partition) ?? 0;
    const next = random.chance(0.35) ? random.int(at, count - 1) : at;
    reached.set(event.partition, next);
    return { ...event, step: next };
  });
  const steps = Array.from({ length: count }, () => ({ ...step!, overlap: random.chance(0.3) }));
  return { ...fuzzCase, events, steps, maxEvents: random.pick([3, 7, 1_000_000]) };
}
