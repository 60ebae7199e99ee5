import type { FuzzEvent } from './case';
import type { LogEntry } from './memory-kafka';

/** 2024-01-31T12:00:00.000001Z: exact to the microsecond, before 1970 too. */
export function isoMicros(timeUs: bigint): string {
  const us = ((timeUs % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((timeUs - us) / 1000n)).toISOString();
  return `${iso.slice(0, -1)}${String(us).padStart(3, '0')}Z`;
}

/** The event as the topic holds it. */
export function logEntry({ body, timestampMs }: FuzzEvent): LogEntry {
  switch (body.kind) {
    case 'gap':
      return 'gap';
    case 'bad':
      return { timestampMs, key: 'bad', value: body.value };
    case 'event': {
      const [g, v] = [body.g, body.v].map((value) => (value === null ? 'null' : String(value)));
      const value = `{"t":"${isoMicros(body.timeUs)}","k":${JSON.stringify(body.k)},"g":${g},"v":${v}}`;
      return { timestampMs, key: body.k, value };
    }
  }
}
