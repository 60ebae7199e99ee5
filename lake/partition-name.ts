import type { Transform } from '../pipeline/model';

/** The name of a partition field, as Spark and Trino give it: `event_time_day`, `user_id_bucket`, `name_trunc`, and the column itself for identity. */
export function partitionName(column: string, transform: Transform): string {
  const base = column.replaceAll('.', '_');
  if (transform.kind === 'identity') return base;
  return `${base}_${transform.kind === 'truncate' ? 'trunc' : transform.kind}`;
}
