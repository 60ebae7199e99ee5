const ZERO = 0x30;
const NINE = 0x39;

/**
 * The text `{"$p":P,"$o":OFFSET,"$t":TIMESTAMP,` as bytes, changed in place from record to record: offsets mostly go up by
 * one and timestamps repeat, so few digits are written anew.
 */
export class LinePrefix {
  readonly bytes: Buffer;
  length = 0;
  private readonly offsetStart: number;
  private offsetEnd = 0;
  private offset = -1;
  private timestampMs = 0;

  constructor(partition: number) {
    this.bytes = Buffer.alloc(128);
    this.offsetStart = this.bytes.write(`{"$p":${partition},"$o":`, 'latin1');
  }

  set(offset: number, timestampMs: number): void {
    if (timestampMs === this.timestampMs && offset === this.offset + 1 && this.increment()) {
      this.offset = offset;
      return;
    }
    this.offset = offset;
    this.timestampMs = timestampMs;
    const text = `${offset},"$t":${timestampMs},`;
    this.offsetEnd = this.offsetStart + String(offset).length;
    this.length = this.offsetStart + this.bytes.write(text, this.offsetStart, 'latin1');
  }

  /** Adds one to the offset's digits; false when one digit more is needed. */
  private increment(): boolean {
    const { bytes, offsetStart } = this;
    let i = this.offsetEnd - 1;
    while (i >= offsetStart && bytes[i] === NINE) i--;
    if (i < offsetStart) return false;
    bytes[i]!++;
    while (++i < this.offsetEnd) bytes[i] = ZERO;
    return true;
  }
}
