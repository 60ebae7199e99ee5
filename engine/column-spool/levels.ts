/** Parquet's hybrid of runs and packed bits (parquet-format, Encodings.md), for levels of 1 or 2 bits and for numbers of whole bytes. */

/** All `count` values the same. */
export function runOf(value: number, count: number, bits: number): Buffer {
  const width = (bits + 7) >> 3;
  const bytes = Buffer.alloc(width);
  bytes.writeUIntLE(value, 0, width);
  return Buffer.concat([varint(count * 2), bytes]);
}

/** The first `count` values in one packed run, filled up with zeros to a multiple of eight. */
export function packed(values: Uint8Array, count: number, bits: 1 | 2): Buffer {
  const groups = (count + 7) >> 3;
  const head = varint(groups * 2 + 1);
  const out = Buffer.alloc(head.length + groups * bits);
  head.copy(out);
  const perByte = 8 / bits;
  for (let i = 0, at = head.length; i < count; at++) {
    const stop = Math.min(i + perByte, count);
    let byte = 0;
    for (let shift = 0; i < stop; i++, shift += bits) byte |= values[i]! << shift;
    out[at] = byte;
  }
  return out;
}

/** The first `count` values, which all fit into one byte, or into two. */
export function packedBytes(values: Uint16Array, count: number, width: 1 | 2): Buffer {
  const groups = (count + 7) >> 3;
  const head = varint(groups * 2 + 1);
  const out = Buffer.alloc(head.length + groups * 8 * width);
  head.copy(out);
  const at = head.length;
  if (width === 1) for (let i = 0; i < count; i++) out[at + i] = values[i]!;
  else
    for (let i = 0; i < count; i++) {
      out[at + i * 2] = values[i]! & 0xff;
      out[at + i * 2 + 1] = values[i]! >> 8;
    }
  return out;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
