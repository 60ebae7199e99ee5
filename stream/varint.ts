/**
 * Reads Kafka's zigzag varints (Protocol Buffers encoding) at a moving position.
 * Reading past the end yields zeros, never an exception: callers check `position` against the end they expect.
 */
export class VarintReader {
  bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  /** A 32-bit varint. One and two bytes, nearly all there is in practice, do not loop. */
  readVarint(): number {
    const first = this.bytes[this.position++]!;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    const second = this.bytes[this.position++]!;
    if (second < 0x80) {
      const raw = (second << 7) | (first & 0x7f);
      return (raw >>> 1) ^ -(raw & 1);
    }
    return this.readLongVarint((second & 0x7f) * 0x80 + (first & 0x7f));
  }

  /** The rest of a varint of up to 64 bits; exact up to 2^53, beyond that the caller's range check fails. */
  private readLongVarint(low: number): number {
    let raw = low;
    let scale = 0x4000;
    for (let i = 0; i < 8; i++) {
      const next = this.bytes[this.position++]!;
      raw += (next & 0x7f) * scale;
      if (!(next >= 0x80)) break;
      scale *= 0x80;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
}
