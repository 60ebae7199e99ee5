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
    return this.readLongVarint(((second << 7) & 0x3f80) | (first & 0x7f));
  }

  /** The rest of a varint of up to 64 bits; exact for safe integers, beyond them the caller's range checks fail. */
  private readLongVarint(low: number): number {
    const negative = (low & 1) === 1;
    // The sign bit is left out of the sum, which stays exact one bit longer that way.
    let half = low >>> 1;
    let scale = 0x2000;
    for (let i = 0; i < 8; i++) {
      const next = this.bytes[this.position++]!;
      half += (next & 0x7f) * scale;
      if (!(next >= 0x80)) break;
      scale *= 0x80;
    }
    return negative ? -half - 1 : half;
  }
}
