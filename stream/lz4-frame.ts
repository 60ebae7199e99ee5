/**
 * LZ4 frames (lz4 project, doc/lz4_Frame_format.md and lz4_Block_format.md) decoded into memory that is used again. A fetched topic is some
 * hundred megabytes of decompressed batches; made anew for each batch, as the native package does, that memory costs more than the decoding:
 * pages to be mapped (0.3 µs per event of 145 bytes), and collections of the whole heap, which V8 begins whenever enough memory lies outside it.
 * Checksums inside the frame are not looked at: the batch's CRC32C stands for all of its bytes.
 */

const MAGIC = 0x184d2204;
const FLAG = {
  version: 0xc0,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  dictionary: 0x01,
} as const;
const VERSION_1 = 0x40;
const STORED_BLOCK = 0x80000000;
const LARGEST_BLOCK_BYTES = 4 << 20;
/** Copies shorter than this are cheaper byte by byte than by a call. */
const SHORT = 32;
/** What a rare huge batch needed is not kept. */
const MOST_KEPT_BYTES = 16 << 20;

export interface Lz4Decoder {
  /**
   * The frame's content: valid until the next call. Undefined for what is legal and rare (dictionaries, several frames, other versions):
   * then another decoder shall judge. Throws RangeError when the frame contradicts itself.
   */
  decode(frame: Buffer): Buffer | undefined;
}

export function openLz4Decoder(): Lz4Decoder {
  let out = Buffer.allocUnsafe(256 << 10);
  /** Room for `size` bytes in all; `used` of them are content. */
  const reserve = (size: number, used: number): void => {
    if (size <= out.length) return;
    const larger = Buffer.allocUnsafe(Math.max(size, 2 * out.length));
    out.copy(larger, 0, 0, used);
    out = larger;
  };

  const block = (from: Buffer, start: number, end: number, used: number, limitBytes: number): number => {
    let s = start;
    let d = used;
    const most = used + limitBytes;
    reserve(Math.min(most, d + LARGEST_BLOCK_BYTES / 64), d);
    while (s < end) {
      const token = from[s++]!;
      let literals = token >> 4;
      if (literals === 15) {
        let more: number;
        do {
          if (s >= end) throw damaged('a length without an end');
          more = from[s++]!;
          literals += more;
        } while (more === 255);
      }
      if (s + literals > end) throw damaged('literals beyond the block');
      if (d + literals > most) throw damaged(`a block of more than ${limitBytes} bytes`);
      if (d + literals > out.length) reserve(d + literals, d);
      if (literals > SHORT) {
        from.copy(out, d, s, s + literals);
        s += literals;
        d += literals;
      } else for (const last = s + literals; s < last;) out[d++] = from[s++]!;
      if (s === end) return d;
      if (s + 2 > end) throw damaged('a match without an offset');
      const distance = from[s]! | (from[s + 1]! << 8);
      s += 2;
      let length = (token & 15) + 4;
      if (length === 19) {
        let more: number;
        do {
          if (s >= end) throw damaged('a length without an end');
          more = from[s++]!;
          length += more;
        } while (more === 255);
      }
      if (distance === 0 || distance > d) throw damaged('a match before the beginning');
      if (d + length > most) throw damaged(`a block of more than ${limitBytes} bytes`);
      if (d + length > out.length) reserve(d + length, d);
      let match = d - distance;
      if (length > SHORT && distance >= length) {
        out.copyWithin(d, match, match + length);
        d += length;
      } else for (const last = d + length; d < last;) out[d++] = out[match++]!;
    }
    return d;
  };

  return {
    decode(frame) {
      if (frame.length < 11 || frame.readUInt32LE(0) !== MAGIC) return undefined;
      const flags = frame[4]!;
      if ((flags & FLAG.version) !== VERSION_1 || (flags & FLAG.dictionary) !== 0) return undefined;
      // 4 to 7: 64 KiB, 256 KiB, 1 MiB, 4 MiB. A block of a hostile producer shall not fill the memory.
      const sizeCode = (frame[5]! >> 4) & 7;
      if (sizeCode < 4) return undefined;
      const limitBytes = 1 << (8 + 2 * sizeCode);
      if (out.length > MOST_KEPT_BYTES) out = Buffer.allocUnsafe(256 << 10);
      let at = 7 + (flags & FLAG.contentSize ? 8 : 0);
      let used = 0;
      for (;;) {
        if (at + 4 > frame.length) throw damaged('no end mark');
        const head = frame.readUInt32LE(at);
        at += 4;
        if (head === 0) break;
        const size = head % STORED_BLOCK;
        if (size > LARGEST_BLOCK_BYTES || at + size > frame.length) throw damaged(`a block of ${size} bytes`);
        if (head >= STORED_BLOCK) {
          reserve(used + size, used);
          frame.copy(out, used, at, at + size);
          used += size;
        } else used = block(frame, at, at + size, used, limitBytes);
        at += size + (flags & FLAG.blockChecksum ? 4 : 0);
      }
      if (at + (flags & FLAG.contentChecksum ? 4 : 0) !== frame.length) return undefined;
      return out.subarray(0, used);
    },
  };
}

const damaged = (what: string): RangeError => new RangeError(`LZ4 frame: ${what}`);
