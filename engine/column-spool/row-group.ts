import type { Column, DataType } from '../../pipeline/model';
import { MapColumn } from './map-column';
import { NumberColumn } from './number-column';
import type { PlainSlot } from './plain-fields';
import { VALUE, type PlainReader } from './plain-reader';
import { TextColumn } from './text-column';
import type { Chunk, LeafType } from './transfer-chunk';
import type { TransferColumn } from './transfer-file';

/** Rows that are gathered before they are written: two or three such groups keep both threads of a DuckDB busy. */
export const GROUP_ROWS = 61_440;

/** The system columns, in the order of every raw table. */
const system: readonly TransferColumn[] = [
  { name: '_partition', type: { physical: 'int32' }, required: true },
  { name: '_offset', type: { physical: 'int64' }, required: true },
  { name: '_timestamp', type: { physical: 'int64', meaning: 'timestamptz' }, required: true },
];

export function transferColumns(columns: readonly Column[]): readonly TransferColumn[] {
  const own = columns.map(({ name, type, required }): TransferColumn => ({
    name,
    type: type.kind === 'map' ? 'map' : leafType(type),
    // Texts and maps always have levels: a constant costs nothing.
    required: required && type.kind !== 'map' && type.kind !== 'string',
  }));
  return [...system, ...own];
}

function leafType(type: DataType): LeafType {
  switch (type.kind) {
    case 'string':
      return { physical: 'text' };
    case 'boolean':
    case 'float':
    case 'double':
      return { physical: type.kind };
    case 'int':
      return { physical: 'int32' };
    case 'date':
      return { physical: 'int32', meaning: 'date' };
    case 'timestamp':
    case 'timestamptz':
      return { physical: 'int64', meaning: type.kind };
    case 'decimal':
      return { physical: 'int64', meaning: { precision: type.precision, scale: type.scale } };
    default:
      return { physical: 'int64' };
  }
}

interface Slotted<T> {
  readonly slot: number;
  readonly column: T;
}

/** The rows gathered so far, column by column. Columns of one kind stand together: each loop then calls one function. */
export class RowGroup {
  rows = 0;
  private readonly partitions: NumberColumn;
  private readonly offsets: NumberColumn;
  private readonly timestamps: NumberColumn;
  private readonly numbers: Slotted<NumberColumn>[] = [];
  private readonly texts: Slotted<TextColumn>[] = [];
  private readonly maps: Slotted<MapColumn>[] = [];
  private readonly ordered: readonly (NumberColumn | TextColumn | MapColumn)[];

  constructor(
    private readonly partition: number,
    slots: readonly PlainSlot[],
    columns: readonly TransferColumn[],
  ) {
    const number = ({ type, required }: TransferColumn): NumberColumn =>
      new NumberColumn(type as LeafType, required, GROUP_ROWS);
    [this.partitions, this.offsets, this.timestamps] = columns.slice(0, system.length).map(number) as [
      NumberColumn,
      NumberColumn,
      NumberColumn,
    ];
    const own = slots.map(({ index, kind }) => {
      if (kind === 'map') return put(this.maps, index, new MapColumn());
      if (kind === 'text') return put(this.texts, index, new TextColumn(GROUP_ROWS));
      return put(this.numbers, index, number(columns[system.length + index]!));
    });
    this.ordered = [this.partitions, this.offsets, this.timestamps, ...own];
  }

  get full(): boolean {
    return this.rows === GROUP_ROWS;
  }

  /** Adds the message that the reader took last. `bytes` are those it read. */
  add(reader: PlainReader, bytes: Buffer, offset: number, timestampMs: number): void {
    const { states } = reader;
    this.rows++;
    this.partitions.add(this.partition);
    this.offsets.add(offset);
    this.timestamps.add(timestampMs * 1000);
    const { numbers, texts, maps } = this;
    for (let i = 0; i < numbers.length; i++) {
      const { slot, column } = numbers[i]!;
      if (states[slot] === VALUE) column.add(reader.numbers[slot]!);
      else column.addNull();
    }
    for (let i = 0; i < texts.length; i++) {
      const { slot, column } = texts[i]!;
      if (states[slot] === VALUE) column.add(bytes, reader.starts[slot]!, reader.ends[slot]!);
      else column.addNull();
    }
    for (let i = 0; i < maps.length; i++) {
      const { slot, column } = maps[i]!;
      if (states[slot] === VALUE) column.add(bytes, reader.entries, reader.firstEntry[slot]!, reader.entryCount[slot]!);
      else column.addNull();
    }
  }

  /** The chunks of all leaves in the file's order; the group is empty then. */
  take(): readonly Chunk[] {
    this.rows = 0;
    return this.ordered.flatMap((column) => (column instanceof MapColumn ? column.take() : [column.take()]));
  }
}

function put<T>(list: Slotted<T>[], slot: number, column: T): T {
  list.push({ slot, column });
  return column;
}
