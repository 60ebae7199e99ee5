/** Reads the fields of Kafka's flexible protocol versions (KIP-482) from a response. Throws RangeError past the end. */
export class WireReader {
  private readonly bytes: Buffer;
  private at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  int8(): number {
    return this.bytes.readInt8(this.advance(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.advance(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.advance(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.advance(8));
  }

  uuid(): string {
    const start = this.advance(16);
    const hex = this.bytes.toString('hex', start, start + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes.readUInt8(this.at++);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError(`a varint of more than five bytes at ${this.at}`);
  }

  /** COMPACT_NULLABLE_STRING, null as ''. */
  string(): string {
    const length = this.uvarint() - 1;
    if (length <= 0) return '';
    const start = this.advance(length);
    return this.bytes.toString('utf8', start, start + length);
  }

  /** COMPACT_NULLABLE_BYTES or COMPACT_RECORDS: a view of the response, empty for null. */
  view(): Buffer {
    const length = Math.max(this.uvarint() - 1, 0);
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  array<T>(item: () => T): T[] {
    const length = this.uvarint() - 1;
    const items: T[] = [];
    for (let i = 0; i < length; i++) items.push(item());
    return items;
  }

  /** TAG_BUFFER: nothing in it is needed here, but it must be stepped over exactly; brokers do send some beside errors. */
  skipTags(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint();
      this.advance(this.uvarint());
    }
  }

  private advance(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length)
      throw new RangeError(`a response of ${this.bytes.length} bytes, expected ${this.at} or more`);
    return start;
  }
}
