import { seeded } from '../../test/real/support/events';

/** What the benchmark's topic holds. Equal options give equal lines. */
export interface EventOptions {
  readonly events: number;
  readonly seed: number;
  /** By which event time advances from event to event, in microseconds: 600 for 100,000 events a minute. */
  readonly stepUs: number;
}

export interface EventLine {
  /** A JSON object of about 145 bytes, without a line break. */
  readonly text: string;
  readonly timeMs: number;
}

export const PARTITIONS = 4;
/** Event i goes to partition i % 4, without a key. */
export const partitionOf = (index: number): number => index % PARTITIONS;

const USERS = 100_000;
const PAGES = 500;
const TYPES = ['view', 'click', 'search', 'add_to_cart', 'checkout', 'login', 'logout'] as const;
const DEVICES = ['desktop', 'android', 'ios', 'tablet'] as const;
const DISORDER_MS = 3000;
const START_MS = Date.UTC(2026, 0, 1);
/** Texts of 5 letters for sessions: 36^5 of them. */
const SESSIONS = 60_466_176;

/** The events in the order of their sending, up to 3 s of event time out of order. */
export function* eventLines({ events, seed, stepUs }: EventOptions): Generator<EventLine> {
  const random = seeded(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let index = 0; index < events; index += 1) {
    const timeMs = START_MS + Math.floor((index * stepUs) / 1000) + below(DISORDER_MS);
    const session = below(SESSIONS).toString(36).padStart(5, '0');
    const properties = `"page":"/p/${below(PAGES)}","device":"${DEVICES[below(DEVICES.length)]}","session":"${session}"`;
    yield {
      text: `{"user_id":${below(USERS)},"event_time":"${isoText(timeMs)}","event_type":"${TYPES[below(TYPES.length)]}","properties":{${properties}}}`,
      timeMs,
    };
  }
}

const isoOf = { minute: NaN, text: '' };

/** As Date.prototype.toISOString; the part up to the minute is made once per minute, which is most of its cost. */
function isoText(timeMs: number): string {
  const minute = Math.floor(timeMs / 60_000);
  if (minute !== isoOf.minute) {
    isoOf.minute = minute;
    isoOf.text = new Date(minute * 60_000).toISOString().slice(0, 17);
  }
  const ms = timeMs - minute * 60_000;
  return `${isoOf.text}${String(Math.floor(ms / 1000)).padStart(2, '0')}.${String(ms % 1000).padStart(3, '0')}Z`;
}
