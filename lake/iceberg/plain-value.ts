import type { PartitionValue } from './types';

/** A partition value in plain JSON that keeps its kind: a bigint as {n}, bytes as {b}, a double that JSON lacks as {f}. */
export type PlainValue =
  null | boolean | number | string | { readonly n: string } | { readonly b: string } | { readonly f: string };

export function toPlain(value: PartitionValue): PlainValue {
  if (typeof value === 'bigint') return { n: String(value) };
  if (Buffer.isBuffer(value)) return { b: value.toString('base64') };
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { f: Object.is(value, -0) ? '-0' : String(value) };
  return value;
}

export function fromPlain(plain: PlainValue): PartitionValue {
  if (plain === null || typeof plain !== 'object') return plain;
  if ('n' in plain) return BigInt(plain.n);
  return 'b' in plain ? Buffer.from(plain.b, 'base64') : Number(plain.f);
}
