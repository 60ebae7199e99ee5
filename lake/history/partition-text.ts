import { specById } from '../iceberg/metadata';
import { partitionTypes } from '../iceberg/schema';
import { parseTransform } from '../iceberg/transforms';
import type { DataFile, PartitionSpec, PartitionValue, PrimitiveType, Schema, TableMetadata } from '../iceberg/types';
import { decimalOf, uuidText } from '../iceberg/values';

/** Prints the partition of any file of a table, by the spec it was written with. */
export function filePartitionPrinter(metadata: TableMetadata): (file: DataFile) => string {
  const printers = new Map<number, ReturnType<typeof partitionPrinter>>();
  return ({ specId, partition }) => {
    let print = printers.get(specId);
    if (!print) {
      print = partitionPrinter(specById(metadata, specId), metadata.schemas);
      printers.set(specId, print);
    }
    return print(partition);
  };
}

/** `event_time_day=2026-01-31/region=eu`, as people read it; empty for an unpartitioned spec. Pure. */
export function partitionPrinter(
  spec: PartitionSpec,
  schemas: readonly Schema[],
): (partition: readonly PartitionValue[]) => string {
  const types = partitionTypes(spec, schemas);
  return (partition) =>
    spec.fields
      .map(({ name, transform }, index) => `${name}=${valueText(partition[index] ?? null, transform, types[index])}`)
      .join('/');
}

function valueText(value: PartitionValue, transform: string, type: PrimitiveType | undefined): string {
  if (value === null) return 'null';
  switch (parseTransform(transform).kind) {
    case 'year':
      return String(1970 + Number(value));
    case 'month':
      return new Date(Date.UTC(1970, Number(value))).toISOString().slice(0, 7);
    case 'day':
      return dateText(Number(value));
    case 'hour':
      return new Date(Number(value) * 3_600_000).toISOString().slice(0, 13).replace('T', '-');
    default:
      return type === undefined ? rawText(value) : typedText(value, type);
  }
}

function typedText(value: Exclude<PartitionValue, null>, type: PrimitiveType): string {
  const decimal = decimalOf(type);
  if (decimal) return decimalText(BigInt(value as bigint), decimal.scale);
  switch (type) {
    case 'date':
      return dateText(Number(value));
    case 'timestamp':
    case 'timestamptz':
      return microsText(BigInt(value as bigint)) + (type === 'timestamptz' ? 'Z' : '');
    case 'uuid':
      return Buffer.isBuffer(value) ? uuidText(value) : String(value);
    default:
      return rawText(value);
  }
}

const rawText = (value: Exclude<PartitionValue, null>): string =>
  Buffer.isBuffer(value) ? `0x${value.toString('hex')}` : String(value);

const dateText = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10);

function microsText(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19);
  return rest === 0n ? seconds : `${seconds}.${String(rest).padStart(6, '0')}`;
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
