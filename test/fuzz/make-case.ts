import type { PartitionBy } from '../../pipeline/model';
import { caseKinds } from './case';
import type { CaseKind, FuzzCase, FuzzWindow } from './case';
import { makeEvents } from './make-events';
import { makeSteps } from './make-steps';
import { makeWindow } from './make-window';
import { seededRandom } from './random';
import type { Random } from './random';

/** Where on the time line a case plays: around 1970, long before it, about a leap day, and today. */
const BASES_MS = [0, -95_000_000_000, Date.UTC(2024, 1, 28, 23, 59, 50), Date.UTC(2026, 0, 5, 12)];

/** Lengths that the times of a case are multiples of. */
const UNITS_MS = [1, 250, 1000, 7000, 10_000, 60_000, 3_600_000];

const PARTITIONS_OF_RAW: readonly (readonly PartitionBy[])[] = [
  [],
  [{ column: 't', transform: { kind: 'day' } }],
  [{ column: 't', transform: { kind: 'hour' } }],
  [{ column: 'k', transform: { kind: 'identity' } }],
  [{ column: 'k', transform: { kind: 'bucket', buckets: 3 } }],
];

/** The case of a seed, always the same. */
export function makeCase(seed: number, only?: CaseKind): FuzzCase {
  const random = seededRandom(seed);
  const drawn = random.pick(caseKinds);
  const kind = only ?? drawn;
  const unitMs = random.pick(UNITS_MS);
  const windows = makeWindows(random, kind, unitMs);
  const watermarkMs = random.pick([0, 0, 1, unitMs, unitMs * random.int(1, 6)]);
  const maxFutureMs = random.pick([0, 600_000, 600_000, unitMs * 10]);
  const steps = makeSteps(random);
  const settings = {
    watermarkMs,
    idleMs: 10_000,
    maxFutureMs,
    maxEvents: random.chance(0.3) ? random.int(1, 9) : 1_000_000,
    eventTimeType: random.chance(0.2) ? ('timestamp' as const) : ('timestamptz' as const),
    partition: random.pick(PARTITIONS_OF_RAW),
  };
  const events = makeEvents(random, { steps, windows, unitMs, baseMs: random.pick(BASES_MS), ...settings });
  return { seed, kind, ...settings, windows, steps, events };
}

function makeWindows(random: Random, kind: CaseKind, unitMs: number): readonly FuzzWindow[] {
  if (kind === 'mixed')
    return (['tumble', 'hop', 'session'] as const).map((shape) => makeWindow(random, shape, unitMs));
  return Array.from({ length: random.pick([1, 1, 2]) }, () => makeWindow(random, kind, unitMs));
}
