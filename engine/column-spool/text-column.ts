import { TextValues } from './text-values';
import { levels, type Chunk } from './transfer-chunk';

/** A column of texts for one row group. */
export class TextColumn {
  private readonly values = new TextValues();
  private readonly present: Uint8Array;
  private count = 0;
  private nulls = 0;

  constructor(rows: number) {
    this.present = new Uint8Array(rows);
  }

  add(source: Buffer, start: number, end: number): void {
    this.present[this.count++] = 1;
    this.values.add(source, start, end);
  }

  addNull(): void {
    this.present[this.count++] = 0;
    this.nulls++;
  }

  /** What was added since the last call. */
  take(): Chunk {
    const { count, nulls, present } = this;
    const { body, ...rest } = this.values.take();
    this.count = 0;
    this.nulls = 0;
    return {
      values: count,
      page: [levels(present, count, { bits: 1, ...(nulls === 0 ? { same: 1 } : {}) }), body],
      ...rest,
    };
  }
}
