import type { PartitionSpec, Schema } from '../../lake/iceberg/types';
import { below, pick } from './random-sql';

/** The raw table of pipeline user-activity, by day. */
export const rawSchema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: '_partition', required: true, type: 'int' },
    { id: 2, name: '_offset', required: true, type: 'long' },
    { id: 3, name: '_timestamp', required: true, type: 'timestamptz' },
    { id: 4, name: 'user_id', required: true, type: 'long' },
    { id: 5, name: 'event_time', required: true, type: 'timestamptz' },
    { id: 6, name: 'event_type', required: false, type: 'string' },
    {
      id: 7,
      name: 'properties',
      required: false,
      type: { type: 'map', 'key-id': 8, key: 'string', 'value-id': 9, 'value-required': false, value: 'string' },
    },
  ],
};

export const byDay: PartitionSpec = {
  'spec-id': 0,
  fields: [{ name: 'event_time_day', transform: 'day', 'source-id': 5, 'field-id': 1000 }],
};

const types = [
  'page_view',
  'page_view',
  'page_view',
  'click',
  'click',
  'click',
  'search',
  'search',
  'add_to_cart',
  'purchase',
  'login',
  'logout',
];
const devices = ['android', 'iphone', 'windows', 'macos', 'linux', 'tablet'];

/** Events `from` to `to`, as a batch of the demo's generator (client/generate/user-events.ts; 145 bytes each as JSON) becomes rows: in four partitions, all of one day. */
export function rawEventsSql(from: number, to: number, seed: number): string {
  const random = (limit: number, salt: number): string => below(limit, salt, seed);
  const micros = `(1767225600000000 + i * 3000 - ${random(3000, 1)} * 1000)`;
  return `
    SELECT (i % 4)::INTEGER AS _partition, i // 4 AS _offset, make_timestamptz(1767225600000000 + i * 3000 + 50000) AS _timestamp,
      1 + ${random(100_000, 2)} AS user_id, make_timestamptz(greatest(${micros}, 1767225600000000)) AS event_time,
      ${pick(types, 3, seed)} AS event_type,
      MAP {'page': '/p/' || ${random(1000, 4)}, 'device': ${pick(devices, 5, seed)}, 'session': lower(to_base(1048576 + ${random(15_728_640, 6)}, 36))} AS properties
    FROM range(${from}, ${to}) t(i) ORDER BY _partition, _offset`;
}
