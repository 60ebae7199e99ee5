import { TextValues } from './text-values';
import { levels, type Chunk } from './transfer-chunk';

/** What a definition level of a map's leaf says is there. */
const EMPTY = 1;
const ENTRY = 2;
const VALUE = 3;

/** A column of maps from text to text for one row group. */
export class MapColumn {
  private readonly keys = new TextValues();
  private readonly values = new TextValues();
  /** Per entry, or per map that has none. */
  private repetition: Uint8Array = new Uint8Array(1 << 14);
  private definition: Uint8Array = new Uint8Array(1 << 14);
  private count = 0;
  private full = true;

  /** The first `count` numbers from `first` on are start and end of key and value, four per entry; -1 as a value's start is null. */
  add(source: Buffer, entries: Int32Array, first: number, count: number): void {
    if (count === 0) return this.level(0, EMPTY);
    for (let i = 0, at = first * 4; i < count; i++, at += 4) {
      this.keys.add(source, entries[at]!, entries[at + 1]!);
      const hasValue = entries[at + 2]! >= 0;
      if (hasValue) this.values.add(source, entries[at + 2]!, entries[at + 3]!);
      this.level(i === 0 ? 0 : 1, hasValue ? VALUE : ENTRY);
    }
  }

  addNull(): void {
    this.level(0, 0);
  }

  private level(repetition: number, definition: number): void {
    if (this.count === this.repetition.length) {
      this.repetition = grown(this.repetition);
      this.definition = grown(this.definition);
    }
    this.repetition[this.count] = repetition;
    this.definition[this.count++] = definition;
    if (definition !== VALUE) this.full = false;
  }

  /** What was added since the last call: the chunks of the keys and of the values. */
  take(): readonly [keys: Chunk, values: Chunk] {
    const { count, full, definition } = this;
    const repetition = levels(this.repetition, count, { bits: 1 });
    const valueLevels = levels(definition, count, { bits: 2, ...(full ? { same: VALUE } : {}) });
    for (let i = 0; i < count; i++) if (definition[i] === VALUE) definition[i] = ENTRY;
    const keyLevels = levels(definition, count, { bits: 2, ...(full ? { same: ENTRY } : {}) });
    this.count = 0;
    this.full = true;
    const chunk = (texts: TextValues, definitions: Buffer): Chunk => {
      const { body, ...rest } = texts.take();
      return { values: count, page: [repetition, definitions, body], ...rest };
    };
    return [chunk(this.keys, keyLevels), chunk(this.values, valueLevels)];
  }
}

function grown(values: Uint8Array): Uint8Array {
  const larger = new Uint8Array(2 * values.length);
  larger.set(values);
  return larger;
}
