import type { ProducedMessage } from '../../../stream/kafka/producer';

export interface UserEvent {
  readonly partition: number;
  readonly userId: number;
  readonly type: string;
  readonly timeMs: number;
}

/** A small seeded generator (mulberry32): equal seeds, equal events. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Events over `minutes` of event time, spread over the partitions, each up to `disorderMs` behind its place. */
export function userEvents(input: {
  readonly seed: number;
  readonly count: number;
  readonly partitions: number;
  readonly startMs: number;
  readonly minutes: number;
  readonly disorderMs: number;
}): readonly UserEvent[] {
  const random = seeded(input.seed);
  const stepMs = (input.minutes * 60_000) / input.count;
  return Array.from({ length: input.count }, (_, index) => ({
    partition: Math.floor(random() * input.partitions),
    userId: 1 + Math.floor(random() * 20),
    type: random() < 0.5 ? 'click' : 'view',
    timeMs: Math.floor(input.startMs + index * stepMs - random() * input.disorderMs),
  }));
}

export function toMessage({ partition, userId, type, timeMs }: UserEvent): ProducedMessage {
  const body = {
    user_id: userId,
    timestamp: new Date(timeMs).toISOString(),
    event_type: type,
    properties: { page: `/p/${userId}` },
  };
  return { partition, key: String(userId), value: JSON.stringify(body), timestampMs: timeMs };
}
