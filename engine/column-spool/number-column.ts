import { levels, type Chunk, type LeafType } from './transfer-chunk';

/** The values of a column of numbers, times or booleans for one row group; a null keeps its place. */
export class NumberColumn {
  private readonly values: Float64Array;
  private readonly present: Uint8Array;
  private count = 0;
  private nulls = 0;

  constructor(
    readonly type: LeafType,
    /** A column without nulls has no levels. */
    readonly required: boolean,
    rows: number,
  ) {
    this.values = new Float64Array(rows);
    this.present = new Uint8Array(required ? 0 : rows);
  }

  add(value: number): void {
    this.values[this.count] = value;
    if (!this.required) this.present[this.count] = 1;
    this.count++;
  }

  addNull(): void {
    this.present[this.count++] = 0;
    this.nulls++;
  }

  /** What was added since the last call. Its bytes are overwritten by the next value. */
  take(): Chunk {
    const { count, nulls, required, present } = this;
    const head = required ? [] : [levels(present, count, { bits: 1, ...(nulls === 0 ? { same: 1 } : {}) })];
    const values =
      nulls === 0 ? this.values.subarray(0, count) : this.values.filter((_, i) => i < count && present[i] === 1);
    this.count = 0;
    this.nulls = 0;
    return { values: count, page: [...head, encode(values, this.type.physical)], encoding: 'plain' };
  }
}

/** In the memory of `values` itself, which is overwritten: no encoded value ends behind the place it is read from. */
function encode(values: Float64Array, physical: LeafType['physical']): Buffer {
  const { buffer, byteOffset, length } = values;
  switch (physical) {
    case 'boolean': {
      const out = Buffer.alloc((length + 7) >> 3);
      for (let i = 0; i < length; i++) out[i >> 3]! |= values[i]! << (i & 7);
      return out;
    }
    case 'int32':
      return narrowed(values, new Int32Array(buffer, byteOffset, length));
    case 'float':
      return narrowed(values, new Float32Array(buffer, byteOffset, length));
    case 'double':
      return bytesOf(values);
    default:
      return integers(values);
  }
}

function narrowed(values: Float64Array, out: Int32Array | Float32Array): Buffer {
  for (let i = 0; i < values.length; i++) out[i] = values[i]!;
  return bytesOf(out);
}

const TWO_32 = 2 ** 32;

/** Safe integers as 64 bits, low half first: a BigInt per value would cost ten times that. All machines that DuckDB runs on are little-endian. */
function integers(values: Float64Array): Buffer {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const high = Math.floor(value / TWO_32);
    halves[i * 2] = value - high * TWO_32;
    halves[i * 2 + 1] = high < 0 ? high + TWO_32 : high;
  }
  return bytesOf(halves);
}

function bytesOf({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
