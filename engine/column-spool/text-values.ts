import { packedBytes, runOf } from './levels';
import type { Chunk } from './transfer-chunk';

/** Texts above this length, or above this many different ones, are written one by one. */
const MAX_DISTINCT_BYTES = 48;
const MAX_DISTINCT = 4096;
const TABLE = 4 * MAX_DISTINCT;
const MAX_PROBES = 32;

/** The texts of one leaf in one row group: as places in a list of different texts while there are few, else one after the other. */
export class TextValues {
  /** The different texts, or all of them, each with its length before: as a page has them. */
  private bytes = Buffer.allocUnsafeSlow(1 << 16);
  private size = 0;
  private count = 0;
  private places: Uint16Array = new Uint16Array(1 << 12);
  private readonly table = new Uint16Array(TABLE);
  private readonly textStarts = new Int32Array(MAX_DISTINCT + 1);
  private distinct = 0;
  /** The text that came after each one last time, and the last text: fields of messages mostly come in the same order. */
  private readonly followers = new Uint16Array(MAX_DISTINCT);
  private last = 0;
  /** Remembered over row groups: a column of many different texts stays one. */
  private plain = false;

  add(source: Buffer, start: number, end: number): void {
    if (!this.plain) {
      const guess = this.followers[this.last]!;
      const place =
        guess < this.distinct && this.isText(guess, source, start, end - start)
          ? guess
          : this.placeOf(source, start, end);
      if (place >= 0) {
        this.followers[this.last] = place;
        this.last = place;
        if (this.count === this.places.length) this.places = grown(this.places);
        this.places[this.count++] = place;
        return;
      }
      this.becomePlain();
    }
    this.append(source, start, end);
    this.count++;
  }

  /** Values and encoding of what was added since the last call; levels are the caller's. The bytes are overwritten by the next text. */
  take(): Pick<Chunk, 'dictionary' | 'encoding'> & { readonly body: Buffer } {
    const bytes = this.bytes.subarray(0, this.size);
    const { count, distinct, plain } = this;
    this.size = 0;
    this.count = 0;
    this.distinct = 0;
    this.last = 0;
    if (plain || distinct === 0) return { body: bytes, encoding: 'plain' };
    this.table.fill(0);
    const width = distinct > 256 ? 2 : 1;
    const body = distinct === 1 ? runOf(0, count, 8) : packedBytes(this.places, count, width);
    return {
      body: Buffer.concat([Buffer.from([8 * width]), body]),
      dictionary: { count: distinct, bytes },
      encoding: 'dictionary',
    };
  }

  /** Place among the different texts, put there when it is new; -1 when there are too many. */
  private placeOf(source: Buffer, start: number, end: number): number {
    const length = end - start;
    if (length > MAX_DISTINCT_BYTES) return -1;
    let hash = length;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ source[at]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (TABLE - 1);
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const known = this.table[slot]!;
      if (known === 0) {
        if (this.distinct === MAX_DISTINCT) return -1;
        this.append(source, start, end);
        this.textStarts[this.distinct] = this.size - length;
        this.table[slot] = this.distinct + 1;
        return this.distinct++;
      }
      if (this.isText(known - 1, source, start, length)) return known - 1;
      slot = (slot + 1) & (TABLE - 1);
    }
    return -1;
  }

  private isText(place: number, source: Buffer, start: number, length: number): boolean {
    const { bytes } = this;
    const at = this.textStarts[place]!;
    const next = place + 1 === this.distinct ? this.size : this.textStarts[place + 1]! - 4;
    if (next - at !== length) return false;
    for (let i = 0; i < length; i++) if (bytes[at + i] !== source[start + i]) return false;
    return true;
  }

  /** What stands there by its place is written out. */
  private becomePlain(): void {
    const { bytes, size, distinct, count, places } = this;
    const starts = Array.from({ length: distinct }, (_, i) => this.textStarts[i]!);
    this.bytes = Buffer.allocUnsafeSlow(Math.max(1 << 20, 4 * size));
    this.size = 0;
    this.plain = true;
    for (let i = 0; i < count; i++) {
      const place = places[i]!;
      this.append(bytes, starts[place]!, place + 1 === distinct ? size : starts[place + 1]! - 4);
    }
  }

  private append(source: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.size + length + 4 > this.bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(2 * (this.bytes.length + length));
      this.bytes.copy(bytes, 0, 0, this.size);
      this.bytes = bytes;
    }
    const { bytes } = this;
    let at = this.size;
    bytes[at++] = length & 0xff;
    bytes[at++] = (length >> 8) & 0xff;
    bytes[at++] = (length >> 16) & 0xff;
    bytes[at++] = length >>> 24;
    // A loop: for so few bytes a call to copy costs more.
    if (length > 64) source.copy(bytes, at, start, end);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[start + i]!;
    this.size = at + length;
  }
}

function grown(values: Uint16Array): Uint16Array {
  const larger = new Uint16Array(2 * values.length);
  larger.set(values);
  return larger;
}
