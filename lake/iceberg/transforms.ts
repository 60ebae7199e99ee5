import { SluiceError } from '../../base/errors';
import { murmur3 } from './murmur3';
import type { PartitionValue, PrimitiveType } from './types';
import { decimalOf, kindOf, signedBytes, toValue, type Value } from './values';

/** A partition transform of the spec. `unknown` is one that this version does not know: its files are always read. */
export type PartitionTransform =
  | { readonly kind: 'identity' | 'void' | 'year' | 'month' | 'day' | 'hour' }
  | { readonly kind: 'bucket'; readonly buckets: number }
  | { readonly kind: 'truncate'; readonly width: number }
  | { readonly kind: 'unknown'; readonly text: string };

const plain = ['identity', 'void', 'year', 'month', 'day', 'hour'] as const;

/** `bucket[16]`, `truncate[4]`, `day`, … Never throws: an unknown text becomes kind `unknown`. */
export function parseTransform(text: string): PartitionTransform {
  const kind = plain.find((name) => name === text);
  if (kind) return { kind };
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(text);
  const parameter = Number(match?.[2]);
  if (!match || parameter < 1) return { kind: 'unknown', text };
  return match[1] === 'bucket' ? { kind: 'bucket', buckets: parameter } : { kind: 'truncate', width: parameter };
}

export function formatTransform(transform: PartitionTransform): string {
  switch (transform.kind) {
    case 'bucket':
      return `bucket[${transform.buckets}]`;
    case 'truncate':
      return `truncate[${transform.width}]`;
    case 'unknown':
      return transform.text;
    default:
      return transform.kind;
  }
}

/** Type of the partition value. `day` gives date (spec clarification of 2026); readers take int as well. */
export function transformResultType(transform: PartitionTransform, source: PrimitiveType): PrimitiveType {
  switch (transform.kind) {
    case 'bucket':
    case 'year':
    case 'month':
    case 'hour':
      return 'int';
    case 'day':
      return 'date';
    case 'unknown':
      return 'string';
    default:
      return source;
  }
}

/** True when the spec lets `transform` work on a column of this type. */
export function transformAccepts(transform: PartitionTransform, source: PrimitiveType): boolean {
  const kind = kindOf(source);
  switch (transform.kind) {
    case 'bucket':
      return !['boolean', 'float', 'double'].includes(kind);
    case 'truncate':
      return ['int', 'long', 'decimal', 'string', 'binary'].includes(kind);
    case 'year':
    case 'month':
    case 'day':
      return ['date', 'timestamp', 'timestamptz'].includes(kind);
    case 'hour':
      return ['timestamp', 'timestamptz'].includes(kind);
    case 'unknown':
      return false;
    default:
      return true;
  }
}

/** The partition value of a column value; null stays null. Throws BAD_INPUT when the transform does not take this type. */
export function applyTransform(
  transform: PartitionTransform,
  source: PrimitiveType,
  loose: Value | null,
): PartitionValue {
  if (loose === null || transform.kind === 'void') return null;
  if (!transformAccepts(transform, source)) {
    throw new SluiceError(
      'BAD_INPUT',
      `transform ${formatTransform(transform)} does not take a column of type ${source}`,
    );
  }
  const value = toValue(source, loose);
  switch (transform.kind) {
    case 'identity':
      return value;
    case 'bucket':
      return (murmur3(hashBytes(source, value)) & 0x7fffffff) % transform.buckets;
    case 'truncate':
      return truncate(value, transform.width);
    case 'hour':
      return Number(floorDiv(value as bigint, 3_600_000_000n));
    case 'day':
      return daysOf(source, value);
    case 'month':
      return monthsOf(daysOf(source, value));
    case 'year':
      return Math.floor(monthsOf(daysOf(source, value)) / 12);
    case 'unknown':
      throw new SluiceError('BAD_INPUT', `unknown transform ${transform.text}`);
  }
}

/** Bytes that the bucket hash runs over (spec appendix B): int, long and date as 8-byte little endian. */
function hashBytes(source: PrimitiveType, value: Value): Buffer {
  if (decimalOf(source)) return signedBytes(value as bigint);
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  if (Buffer.isBuffer(value)) return value;
  const out = Buffer.alloc(8);
  out.writeBigInt64LE(BigInt(value as number | bigint));
  return out;
}

function truncate(value: Value, width: number): PartitionValue {
  if (typeof value === 'number') return value - (((value % width) + width) % width);
  if (typeof value === 'bigint') {
    const w = BigInt(width);
    return value - (((value % w) + w) % w);
  }
  if (typeof value === 'string')
    return Array.from(value.slice(0, width * 2))
      .slice(0, width)
      .join('');
  return (value as Buffer).subarray(0, width);
}

const microsPerDay = 86_400_000_000n;

function daysOf(source: PrimitiveType, value: Value): number {
  return source === 'date' ? (value as number) : Number(floorDiv(value as bigint, microsPerDay));
}

function floorDiv(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/**
 * Months since 1970-01 of a day number. By arithmetic on 400-year cycles that start in March: int64 microseconds reach years that Date cannot hold.
 */
function monthsOf(days: number): number {
  const shifted = days + 719_468; // days since 0000-03-01
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  return (era * 400 + yearOfEra - 1970) * 12 + monthFromMarch + 2;
}
