import { parseTransform } from '../iceberg/transforms';
import type { PartitionField, PartitionSpec, PartitionValue } from '../iceberg/types';

/** A partition as people write it: `event_time_day=2026-01-31, user_id_bucket=3`; empty where there is none. Pure. */
export function partitionText(spec: PartitionSpec | undefined, values: readonly PartitionValue[]): string {
  return values
    .map((value, index) => `${spec?.fields[index]?.name ?? index}=${valueText(spec?.fields[index], value)}`)
    .join(', ');
}

function valueText(field: PartitionField | undefined, value: PartitionValue): string {
  if (value === null) return 'null';
  const { kind } = field ? parseTransform(field.transform) : { kind: 'identity' };
  switch (kind) {
    case 'year':
      return String(1970 + Number(value));
    case 'month':
      return isoOf(Date.UTC(1970, Number(value))).slice(0, 7);
    case 'day':
      return isoOf(Number(value) * 86_400_000).slice(0, 10);
    case 'hour':
      return isoOf(Number(value) * 3_600_000).slice(0, 13);
    default:
      return Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);
  }
}

/** Times that Date cannot hold stay numbers. */
function isoOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
}
