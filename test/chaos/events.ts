import type { ProducedMessage } from '../../stream/kafka/producer';
import { userEvents } from '../real/support/events';
import type { UserEvent } from '../real/support/events';

/** An event with a number of its own: rows are told apart by it. */
export interface ChaosEvent extends UserEvent {
  readonly id: number;
}

export const PARTITIONS = 3;

/** The pipeline of every case. No partition falls idle: what a fault holds up must not make events late. */
export const PIPELINE = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    user_id: bigint not null
    event_time: timestamptz not null from timestamp
    event_type: string
    properties: map<string,string>
  event_time: event_time
  watermark: 5s
  idle: 6h
table: chaos.ID
partition: [day(event_time)]
windows:
  - table: chaos.ID_counts
    tumble: 1m
    query: |
      select user_id, event_type, window_start, window_end, count(*) as event_count, max(event_time) as last_seen
      from events group by all
batch: {every: 250ms, max_events: 450}
`;

/** The same for the same seed. */
export function chaosEvents(seed: number, count: number): readonly ChaosEvent[] {
  const startMs = Date.UTC(2026, 0, 1, 12);
  const events = userEvents({ seed, count, partitions: PARTITIONS, startMs, minutes: 12, disorderMs: 3000 });
  return events.map((event, id) => ({ ...event, id }));
}

export function chaosMessage({ partition, userId, type, timeMs, id }: ChaosEvent): ProducedMessage {
  const body = {
    user_id: userId,
    timestamp: new Date(timeMs).toISOString(),
    event_type: type,
    properties: { id: String(id) },
  };
  return { partition, key: String(userId), value: JSON.stringify(body), timestampMs: timeMs };
}
