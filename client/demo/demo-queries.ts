export interface DemoQuery {
  readonly title: string;
  readonly sql: string;
}

/** What the demo shows of each shipped pipeline's results. */
export const demoQueries: readonly DemoQuery[] = [
  {
    title: 'Busiest users of a minute (db.user_activity)',
    sql: `select user_id, event_type, window_end, event_count, last_seen
from db.user_activity order by event_count desc, window_end desc, user_id, event_type limit 5`,
  },
  {
    title: 'Suspicious users: more than 10 payments or 10,000 in five minutes (db.suspicious_users)',
    sql: `select user_id, window_end, txn_count, total_amount
from db.suspicious_users order by total_amount desc, user_id limit 5`,
  },
  {
    title: 'Hot sensors: above 80 degrees (db.hot_sensors)',
    sql: `select device_id, window_end, max_temperature, reading_count
from db.hot_sensors order by max_temperature desc, device_id limit 5`,
  },
  {
    title: 'Events that could not become rows, with the reason (public.user_events__rejected)',
    sql: `select _partition, _offset, reason, left(payload, 48) as payload
from public.user_events__rejected order by _timestamp desc, _partition, _offset limit 5`,
  },
  {
    title: 'The ledger: which offsets are in which batch (public.user_events__batches)',
    sql: `select batch, "partition", from_offset, to_offset, rows, rejected, late, watermark
from public.user_events__batches order by batch desc, "partition" limit 8`,
  },
];
