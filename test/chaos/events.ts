import type { ProducedMessage } from '../../stream/kafka/producer';
import { userEvents } from '../real/support/events';
import type { UserEvent } from '../real/support/events';

/** An event with a number of its own: rows are told apart by it. */
export interface ChaosEvent extends UserEvent {
  readonly id: number;
}

export const PARTITIONS = 3;

/** No partition falls idle: what a fault holds up must not make events late. */
const pipelineText = (windows: string, maxEvents: number): string => `
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
${windows}
batch: {every: 250ms, max_events: ${maxEvents}}
`;

const windowText = (name: string, kind: string, type = 'event_type'): string => `
  - table: chaos.ID_${name}
${kind}
    query: |
      select user_id, ${type}, window_start, window_end, count(*) as event_count, max(event_time) as last_seen
      from events group by all`;

const counts = windowText('counts', '    tumble: 1m');

/** The pipeline of most cases. */
export const PLAIN = pipelineText(counts, 450);

/** Of small batches: many files, for compaction. */
export const SMALL_BATCHES = pipelineText(counts, 225);

/** Windows of every kind, which take events that come late: they are published again. */
export const AMENDING = pipelineText(
  [
    windowText('counts', '    tumble: 1m\n    lateness: 1h'),
    windowText('hops', '    hop: {size: 3m, slide: 1m}\n    lateness: 1h'),
    windowText('visits', '    session: {gap: 20s, by: [user_id]}\n    lateness: 1h', "'all' as event_type"),
  ].join(''),
  450,
);

/** From this share of the events on, every seventh comes late. */
const LATE_FROM = 0.3;
const LATE_MS = 150_000;

/** The same, but for events that come up to two and a half minutes late, long after their windows are published. */
export function lateEvents(seed: number, count: number): readonly ChaosEvent[] {
  return chaosEvents(seed, count).map((event) =>
    event.id > count * LATE_FROM && event.id % 7 === 0
      ? { ...event, timeMs: event.timeMs - 30_000 - ((event.id * 7919) % (LATE_MS - 30_000)) }
      : event,
  );
}

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
