import { isUtf8 } from 'node:buffer';
import type { PlainField, PlainFields, PlainSlot } from './plain-fields';
import { daysAt, doubleAt, integerAt, microsAt, numberEnd, scaledNumber } from './plain-scalars';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BACKSLASH = 0x5c;

/** Longer messages go over lines: they are few, and buffers stay small. */
const MAX_VALUE_BYTES = 1 << 16;
/** Each is compared with each. */
const MAX_MAP_ENTRIES = 16;
const MAX_DEPTH = 32;

/** Of a slot in the message read last. */
export const ABSENT = 0;
export const NULL = 1;
export const VALUE = 2;

/** Numbers per map entry: start and end of key and value; -1 as a value's start means null. */
const ENTRY = 4;
const INT_LIMIT = 2 ** 31;

/**
 * Reads messages of the usual form straight from their bytes into slots, without an object or a string. It takes a message only when every
 * byte of it is as JSON wants it and every value of a column is of the plain form of its type, so that no rule but one applies to it; what it
 * does not take says nothing of the message. Texts stay where they are, as positions in the message's own bytes.
 */
export class PlainReader {
  readonly states: Uint8Array;
  readonly numbers: Float64Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Of a map's slot: the first of its entries, and how many. */
  readonly firstEntry: Int32Array;
  readonly entryCount: Int32Array;
  readonly entries = new Int32Array(ENTRY * MAX_MAP_ENTRIES * 8);
  private usedEntries = 0;
  private high = 0;
  private readonly required: readonly PlainSlot[];

  /** `onlyKnown`: a message with a top-level field that no column reads is not taken. */
  constructor(
    private readonly plan: PlainFields,
    private readonly onlyKnown: boolean,
  ) {
    const count = plan.slots.length;
    this.states = new Uint8Array(count);
    this.numbers = new Float64Array(count);
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.firstEntry = new Int32Array(count);
    this.entryCount = new Int32Array(count);
    this.required = plan.slots.filter(({ required }) => required);
  }

  /** Reads the message in [start, end); true when it was taken. */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > MAX_VALUE_BYTES || bytes[start] !== OPEN || bytes[end - 1] !== CLOSE) return false;
    const { states } = this;
    for (let i = 0; i < states.length; i++) states[i] = ABSENT;
    this.usedEntries = 0;
    this.high = 0;
    if (this.object(this.plan.fields, bytes, start + 1, end, this.onlyKnown) !== end) return false;
    for (const { index } of this.required) if (this.states[index] !== VALUE) return false;
    return this.high < 0x80 || isUtf8(bytes.subarray(start, end));
  }

  /** `at` is behind the opening brace. Returns the position behind the closing one, or -1. */
  private object(fields: readonly PlainField[], bytes: Buffer, start: number, end: number, onlyKnown: boolean): number {
    let at = tokenAt(bytes, start, end);
    if (bytes[at] === CLOSE) return at + 1;
    let expected = 0;
    for (;;) {
      if (bytes[at] !== QUOTE) return -1;
      at++;
      let field = fields[expected];
      // Nearly always the fields come in the order of the message before.
      if (field !== undefined && isKey(bytes, at, field.key)) at += field.key.length + 1;
      else {
        const keyEnd = this.textEnd(bytes, at, end);
        if (keyEnd < 0) return -1;
        field = findField(fields, bytes, at, keyEnd);
        at = keyEnd + 1;
      }
      at = tokenAt(bytes, at, end);
      if (bytes[at] !== COLON) return -1;
      at = tokenAt(bytes, at + 1, end);
      if (field === undefined) {
        if (onlyKnown) return -1;
        at = this.skip(bytes, at, end, 0);
      } else {
        expected = fields.indexOf(field) + 1;
        at = field.slot === undefined ? this.nested(field, bytes, at, end) : this.value(field.slot, bytes, at, end);
      }
      if (at < 0) return -1;
      at = tokenAt(bytes, at, end);
      const next = bytes[at];
      if (next === CLOSE) return at + 1;
      if (next !== COMMA) return -1;
      at = tokenAt(bytes, at + 1, end);
    }
  }

  /** An object on the way to columns. That it comes twice shows when one of its columns does. */
  private nested(field: PlainField, bytes: Buffer, at: number, end: number): number {
    if (bytes[at] !== OPEN || !this.untouched(field)) return -1;
    return this.object(field.children, bytes, at + 1, end, false);
  }

  private untouched(field: PlainField): boolean {
    return field.slot === undefined
      ? field.children.every((child) => this.untouched(child))
      : this.states[field.slot.index] === ABSENT;
  }

  private value(slot: PlainSlot, bytes: Buffer, at: number, end: number): number {
    const { index, kind } = slot;
    const first = bytes[at];
    // Of a key that occurs twice the first counts: the exact way knows.
    if (this.states[index] !== ABSENT) return -1;
    if (first === 0x6e) {
      if (slot.required || !isWord(bytes, at, 'null')) return -1;
      this.states[index] = NULL;
      return at + 4;
    }
    this.states[index] = VALUE;
    switch (kind) {
      case 'text': {
        const textEnd = first === QUOTE ? this.textEnd(bytes, at + 1, end) : -1;
        this.starts[index] = at + 1;
        this.ends[index] = textEnd;
        return textEnd < 0 ? -1 : textEnd + 1;
      }
      case 'map':
        return first === OPEN ? this.map(index, bytes, at + 1, end) : -1;
      case 'timestamptz':
      case 'timestamp':
      case 'date': {
        const textEnd = first === QUOTE ? this.textEnd(bytes, at + 1, end) : -1;
        const time = kind === 'date' ? daysAt(bytes, at + 1, textEnd) : microsAt(bytes, at + 1, textEnd);
        this.numbers[index] = time;
        return Number.isNaN(time) ? -1 : textEnd + 1;
      }
      case 'boolean': {
        const yes = first === 0x74;
        this.numbers[index] = yes ? 1 : 0;
        return isWord(bytes, at, yes ? 'true' : 'false') ? at + (yes ? 4 : 5) : -1;
      }
      default: {
        const stop = numberEnd(bytes, at, end);
        const number = stop < 0 ? NaN : numberOf(slot, bytes, at, stop);
        this.numbers[index] = number;
        return Number.isNaN(number) ? -1 : stop;
      }
    }
  }

  /** An object of texts. */
  private map(index: number, bytes: Buffer, start: number, end: number): number {
    const first = this.usedEntries;
    const { entries } = this;
    this.firstEntry[index] = first;
    this.entryCount[index] = 0;
    let at = tokenAt(bytes, start, end);
    if (bytes[at] === CLOSE) return at + 1;
    let count = 0;
    for (;;) {
      if (count === MAX_MAP_ENTRIES || (first + count + 1) * ENTRY > entries.length || bytes[at] !== QUOTE) return -1;
      const keyStart = at + 1;
      const keyEnd = this.textEnd(bytes, keyStart, end);
      if (keyEnd < 0) return -1;
      at = tokenAt(bytes, keyEnd + 1, end);
      if (bytes[at] !== COLON) return -1;
      at = tokenAt(bytes, at + 1, end);
      const entry = (first + count) * ENTRY;
      if (bytes[at] === QUOTE) {
        const valueEnd = this.textEnd(bytes, at + 1, end);
        if (valueEnd < 0) return -1;
        entries[entry + 2] = at + 1;
        entries[entry + 3] = valueEnd;
        at = valueEnd + 1;
      } else if (isWord(bytes, at, 'null')) {
        entries[entry + 2] = -1;
        entries[entry + 3] = -1;
        at += 4;
      } else return -1;
      for (let other = first * ENTRY; other < entry; other += ENTRY)
        if (sameBytes(bytes, entries[other]!, entries[other + 1]!, keyStart, keyEnd)) return -1;
      entries[entry] = keyStart;
      entries[entry + 1] = keyEnd;
      count++;
      at = tokenAt(bytes, at, end);
      if (bytes[at] === CLOSE) break;
      if (bytes[at] !== COMMA) return -1;
      at = tokenAt(bytes, at + 1, end);
    }
    this.entryCount[index] = count;
    this.usedEntries = first + count;
    return at + 1;
  }

  /** A value that no column reads: it only has to be JSON. */
  private skip(bytes: Buffer, start: number, end: number, depth: number): number {
    const first = bytes[start];
    if (first === QUOTE) {
      const textEnd = this.textEnd(bytes, start + 1, end);
      return textEnd < 0 ? -1 : textEnd + 1;
    }
    if (first === OPEN || first === 0x5b) return depth === MAX_DEPTH ? -1 : this.skipInside(bytes, start, end, depth);
    for (const word of ['true', 'false', 'null']) if (isWord(bytes, start, word)) return start + word.length;
    return numberEnd(bytes, start, end);
  }

  private skipInside(bytes: Buffer, start: number, end: number, depth: number): number {
    const named = bytes[start] === OPEN;
    const closing = named ? CLOSE : 0x5d;
    let at = tokenAt(bytes, start + 1, end);
    if (bytes[at] === closing) return at + 1;
    for (;;) {
      if (named) {
        const keyEnd = bytes[at] === QUOTE ? this.textEnd(bytes, at + 1, end) : -1;
        if (keyEnd < 0) return -1;
        at = tokenAt(bytes, keyEnd + 1, end);
        if (bytes[at] !== COLON) return -1;
        at = tokenAt(bytes, at + 1, end);
      }
      at = this.skip(bytes, at, end, depth + 1);
      if (at < 0) return -1;
      at = tokenAt(bytes, at, end);
      if (bytes[at] === closing) return at + 1;
      if (bytes[at] !== COMMA) return -1;
      at = tokenAt(bytes, at + 1, end);
    }
  }

  /** Position of the quote that ends a text without escapes; -1 for any other. */
  private textEnd(bytes: Buffer, start: number, end: number): number {
    let high = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        this.high |= high;
        return at;
      }
      if (byte < 0x20 || byte === BACKSLASH) return -1;
      high |= byte;
    }
    return -1;
  }
}

/** Behind white space. */
function tokenAt(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) return at;
    at++;
  }
  return at;
}

function isKey(bytes: Buffer, at: number, key: Uint8Array): boolean {
  const { length } = key;
  for (let i = 0; i < length; i++) if (bytes[at + i] !== key[i]) return false;
  return bytes[at + length] === QUOTE;
}

function findField(fields: readonly PlainField[], bytes: Buffer, start: number, end: number): PlainField | undefined {
  for (const field of fields) if (field.key.length === end - start && isKey(bytes, start, field.key)) return field;
  return undefined;
}

function isWord(bytes: Buffer, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

function sameBytes(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = start, j = otherStart; i < end; i++, j++) if (bytes[i] !== bytes[j]) return false;
  return true;
}

function numberOf({ kind, precision, scale }: PlainSlot, bytes: Buffer, start: number, end: number): number {
  switch (kind) {
    case 'bigint':
      return integerAt(bytes, start, end);
    case 'int': {
      const value = integerAt(bytes, start, end);
      return value < INT_LIMIT && value >= -INT_LIMIT ? value : NaN;
    }
    case 'decimal':
      return scaledNumber(bytes, start, end, { scale, digits: precision - scale });
    case 'float': {
      const double = doubleAt(bytes, start, end);
      const value = Math.fround(double);
      return Number.isFinite(value) && (value !== 0 || double === 0) ? value : NaN;
    }
    default:
      return doubleAt(bytes, start, end);
  }
}
