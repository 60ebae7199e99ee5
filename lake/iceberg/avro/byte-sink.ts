/** Growing buffer with Avro's variable-length numbers. */
export class ByteSink {
  private bytes = Buffer.allocUnsafe(4096);
  length = 0;

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  raw(data: Uint8Array): void {
    this.reserve(data.length);
    this.bytes.set(data, this.length);
    this.length += data.length;
  }

  /** Zigzag varint over the full 64 bits. */
  long(value: number | bigint): void {
    this.reserve(10);
    if (
      typeof value === 'number'
        ? value >= -0x40000000 && value < 0x40000000
        : value >= -0x40000000n && value < 0x40000000n
    ) {
      const small = Number(value);
      let rest = ((small << 1) ^ (small >> 31)) >>> 0;
      while (rest > 0x7f) {
        this.bytes[this.length++] = (rest & 0x7f) | 0x80;
        rest >>>= 7;
      }
      this.bytes[this.length++] = rest;
      return;
    }
    const wide = BigInt(value);
    let rest = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  float(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeFloatLE(value, this.length);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** Length, then the bytes: Avro `bytes` and `string`. */
  sized(data: Uint8Array): void {
    this.long(data.length);
    this.raw(data);
  }

  /** A copy of what was written; the sink may go on. */
  toBuffer(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.length));
  }

  clear(): void {
    this.length = 0;
  }
}
