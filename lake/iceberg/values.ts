import { SluiceError } from '../../base/errors';
import type { IcebergType, PrimitiveType } from './types';

/**
 * One value of a primitive type: boolean; number for int, date, float, double; bigint for long, time, timestamp(tz) (µs) and decimal (unscaled);
 * string; Buffer for binary, fixed and uuid (16 bytes).
 */
export type Value = boolean | number | bigint | string | Buffer;

export function isPrimitive(type: IcebergType): type is PrimitiveType {
  return typeof type === 'string';
}

/** Precision and scale of `decimal(P,S)`, or undefined for another type. */
export function decimalOf(type: PrimitiveType): { readonly precision: number; readonly scale: number } | undefined {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : undefined;
}

/** Length of `fixed[L]`, or undefined for another type. */
export function fixedLength(type: PrimitiveType): number | undefined {
  const match = /^fixed\[(\d+)\]$/.exec(type);
  return match ? Number(match[1]) : undefined;
}

/** Kind of a primitive type without its parameters: `decimal(9,2)` -> `decimal`. */
export function kindOf(type: PrimitiveType): string {
  return decimalOf(type) ? 'decimal' : fixedLength(type) !== undefined ? 'fixed' : type;
}

/**
 * Brings a loosely typed value into the form of `Value`: a bigint for an int becomes a number, uuid text becomes bytes.
 * Throws BAD_INPUT when the value cannot be of that type.
 */
export function toValue(type: PrimitiveType, value: Value): Value {
  switch (kindOf(type)) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      break;
    case 'int':
    case 'date':
      if (typeof value === 'number' && Number.isInteger(value)) return value;
      if (typeof value === 'bigint') return Number(value);
      break;
    case 'float':
    case 'double':
      if (typeof value === 'number') return value;
      if (typeof value === 'bigint') return Number(value);
      break;
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'uuid':
      if (typeof value === 'string') return uuidBytes(value);
      if (Buffer.isBuffer(value) && value.length === 16) return value;
      break;
    case 'binary':
    case 'fixed':
      if (Buffer.isBuffer(value)) return value;
      break;
    default: // long, time, timestamp, timestamptz, decimal
      if (typeof value === 'bigint') return value;
      if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  }
  throw new SluiceError('BAD_INPUT', `expected a value of type ${type}, found ${typeof value} ${String(value)}`);
}

/** Single-value serialization (spec appendix D): bounds and partition summaries. */
export function encodeValue(type: PrimitiveType, loose: Value): Buffer {
  const value = toValue(type, loose);
  switch (kindOf(type)) {
    case 'boolean':
      return Buffer.from([value ? 1 : 0]);
    case 'int':
    case 'date': {
      const out = Buffer.alloc(4);
      out.writeInt32LE(value as number);
      return out;
    }
    case 'float': {
      const out = Buffer.alloc(4);
      out.writeFloatLE(value as number);
      return out;
    }
    case 'double': {
      const out = Buffer.alloc(8);
      out.writeDoubleLE(value as number);
      return out;
    }
    case 'string':
      return Buffer.from(value as string, 'utf8');
    case 'uuid':
    case 'binary':
    case 'fixed':
      return value as Buffer;
    case 'decimal':
      return signedBytes(value as bigint);
    default: {
      const out = Buffer.alloc(8);
      out.writeBigInt64LE(value as bigint);
      return out;
    }
  }
}

/** Reverse of encodeValue. Takes bounds from before a promotion: a long of 4 bytes was an int, a double of 4 bytes was a float. */
export function decodeValue(type: PrimitiveType, bytes: Buffer): Value {
  switch (kindOf(type)) {
    case 'boolean':
      return bytes[0] !== 0;
    case 'int':
    case 'date':
      return bytes.readInt32LE();
    case 'float':
      return bytes.readFloatLE();
    case 'double':
      return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
    case 'string':
      return bytes.toString('utf8');
    case 'uuid':
    case 'binary':
    case 'fixed':
      return bytes;
    case 'decimal':
      return fromSignedBytes(bytes);
    default:
      return bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE();
  }
}

/**
 * Order of two values of one type: negative, zero, positive. Strings go by code point (as UTF-8 bytes do), bytes unsigned.
 * -0.0 equals 0.0 here, as in SQL; NaN compares as neither less nor greater (0).
 */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'string' && typeof b === 'string')
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Minimal two's complement, big endian. */
export function signedBytes(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  return signedBytesOf(value, length);
}

/** Two's complement of exactly `length` bytes, big endian. */
export function signedBytesOf(value: bigint, length: number): Buffer {
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}

export function fromSignedBytes(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

export function uuidBytes(text: string): Buffer {
  const hex = text.replaceAll('-', '');
  if (!/^[0-9a-fA-F]{32}$/.test(hex)) throw new SluiceError('BAD_INPUT', `expected a uuid, found "${text}"`);
  return Buffer.from(hex, 'hex');
}

export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
