import type { BatchPlan } from '../../activities/wire';
import type { OracleRecord } from '../oracle/model';
import type { FuzzCase, FuzzEvent } from './case';

/** The records of a plan's ranges as the oracle takes them, by partition and offset. */
export function batchRecords(fuzzCase: FuzzCase, plan: Pick<BatchPlan, 'ranges'>): readonly OracleRecord[] {
  const logs = new Map<number, FuzzEvent[]>();
  // As they were pushed: by step, and within a step in the order of the case.
  const ordered = fuzzCase.steps.flatMap((_, step) => fuzzCase.events.filter((event) => event.step === step));
  for (const event of ordered) logs.set(event.partition, [...(logs.get(event.partition) ?? []), event]);
  return [...plan.ranges]
    .sort((a, b) => a.partition - b.partition)
    .flatMap(({ partition, from, to }) =>
      (logs.get(partition) ?? [])
        .map((event, offset) => ({ event, offset }))
        .slice(Number(from), Number(to))
        .flatMap(({ event, offset }) => recordOf(event, BigInt(offset))),
    );
}

function recordOf({ partition, timestampMs, body }: FuzzEvent, offset: bigint): readonly OracleRecord[] {
  if (body.kind === 'gap') return [];
  const place = { partition, offset, timestampMs: BigInt(timestampMs) };
  if (body.kind === 'bad') return [{ ...place, timeUs: undefined, fields: {} }];
  const { timeUs, k, g, v } = body;
  return [{ ...place, timeUs, fields: { k, g, v } }];
}
