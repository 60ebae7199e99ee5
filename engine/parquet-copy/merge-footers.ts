import { chunkField, fileField, groupField, metaField } from './footer-fields';
import type { ColumnChunk, Footer, RowGroup, Span } from './footer';
import { keyValues } from './plan-copy';
import { fieldOf, readInteger, thriftType, type ThriftStruct } from './thrift-read';
import { i64, withFields, writeInteger, writeList, writeStruct } from './thrift-write';

/** Where a chunk's page indexes stand in the new file; undefined drops them. */
export interface IndexPlaces {
  readonly columnIndex: Span | undefined;
  readonly offsetIndex: Span | undefined;
}

export interface MovedFooter {
  readonly footer: Footer;
  /** How far its body moved. */
  readonly shift: number;
  /** By row group and column. */
  readonly indexes: readonly (readonly IndexPlaces[])[];
}

/**
 * The footer of a file whose body is the bodies of others, one after the other. Row groups keep everything, their statistics too, but for offsets and ordinals.
 * Of key-value entries those are kept that are equal in all files. Hand in what planCopy found copyable. Pure.
 */
export function mergeFooters(files: readonly MovedFooter[]): Buffer {
  const first = files[0]!.footer;
  let ordinal = 0;
  const groups = files.flatMap(({ footer, shift, indexes }) =>
    footer.rowGroups.map((group, index) =>
      moveRowGroup(group, { shift, ordinal: ordinal++, indexes: indexes[index]! }),
    ),
  );
  const footers = files.map(({ footer }) => footer);
  const rows = footers.reduce((sum, footer) => sum + footer.rows, 0);
  return writeStruct(
    withFields(
      first.fields,
      new Map([
        [fileField.rows, i64(rows)],
        [fileField.rowGroups, list(groups)],
        [fileField.keyValues, commonKeyValues(footers)],
        [fileField.createdBy, oldestWriter(footers)],
      ]),
    ),
  );
}

interface Move {
  readonly shift: number;
  readonly ordinal: number;
  readonly indexes: readonly IndexPlaces[];
}

function moveRowGroup({ fields, chunks }: RowGroup, { shift, ordinal, indexes }: Move): Buffer {
  const columns = chunks.map((chunk, index) => moveChunk(chunk, shift, indexes[index]!));
  const changes = new Map<number, { readonly type: number; readonly value: Buffer } | undefined>([
    [groupField.columns, list(columns)],
    ...shifted(fields, [groupField.fileOffset], shift),
  ]);
  if (fieldOf(fields, groupField.ordinal))
    changes.set(groupField.ordinal, { type: thriftType.i16, value: writeInteger(ordinal) });
  return writeStruct(withFields(fields, changes));
}

function moveChunk({ fields, meta }: ColumnChunk, shift: number, { columnIndex, offsetIndex }: IndexPlaces): Buffer {
  const newMeta = withFields(
    meta,
    new Map(
      shifted(
        meta,
        [
          metaField.dataPageOffset,
          metaField.indexPageOffset,
          metaField.dictionaryPageOffset,
          metaField.bloomFilterOffset,
        ],
        shift,
      ),
    ),
  );
  const place = (span: Span | undefined, offsetId: number, lengthId: number) =>
    [
      [offsetId, span && i64(span.start)],
      [lengthId, span && { type: thriftType.i32, value: writeInteger(span.length) }],
    ] as const;
  return writeStruct(
    withFields(
      fields,
      new Map([
        ...shifted(fields, [chunkField.fileOffset], shift),
        [chunkField.meta, { type: thriftType.struct, value: writeStruct(newMeta) }] as const,
        ...place(columnIndex, chunkField.columnIndexOffset, chunkField.columnIndexLength),
        ...place(offsetIndex, chunkField.offsetIndexOffset, chunkField.offsetIndexLength),
      ]),
    ),
  );
}

/** Offsets that are there. 0 stays 0: it is how writers say that there is none. */
function shifted(
  struct: ThriftStruct,
  ids: readonly number[],
  shift: number,
): readonly (readonly [number, { readonly type: number; readonly value: Buffer }])[] {
  return ids.flatMap((id) => {
    const field = fieldOf(struct, id);
    const value = field ? readInteger(field.value) : 0;
    return value === 0 ? [] : [[id, i64(value + shift)] as const];
  });
}

function list(items: readonly Buffer[]): { readonly type: number; readonly value: Buffer } {
  return { type: thriftType.list, value: writeList({ elementType: thriftType.struct, items }) };
}

function commonKeyValues(footers: readonly Footer[]): { readonly type: number; readonly value: Buffer } | undefined {
  const [first, ...others] = footers.map(keyValues);
  const common = [...first!].filter(([key, entry]) => others.every((other) => other.get(key)?.equals(entry)));
  return common.length === 0 ? undefined : list(common.map(([, entry]) => entry));
}

/** Readers distrust some statistics of old versions of a program: what the oldest one is trusted with holds for all. */
function oldestWriter(footers: readonly Footer[]): { readonly type: number; readonly value: Buffer } | undefined {
  const [oldest] = [...footers].sort((a, b) =>
    (a.createdBy ?? '').localeCompare(b.createdBy ?? '', 'en', { numeric: true }),
  );
  const field = fieldOf(oldest!.fields, fileField.createdBy);
  return field && { type: field.type, value: field.value };
}
