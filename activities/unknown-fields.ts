import type { Session } from '../engine/engine';
import { collectExtra, unknownFields } from '../engine/extra-fields';
import type { SpooledLines } from '../engine/decode';
import { canBeColumn, evolvedFields, evolvedKind, roomForColumns } from '../lake/evolve/evolved-columns';
import type { TableMetadata } from '../lake/iceberg/types';
import type { Column, Pipeline } from '../pipeline/model';
import type { UnknownField } from '../pipeline/unknown-fields';

/** The columns that messages are read by: those of the pipeline file, and those that the raw table got by itself. */
export function columnsToRead(pipeline: Pipeline, raw: TableMetadata): readonly Column[] {
  const { columns } = pipeline.source;
  if (pipeline.source.unknownFields !== 'evolve') return columns;
  const declared = new Set(columns.map(({ name }) => name));
  const evolved = evolvedFields(raw).filter(({ name }) => !declared.has(name));
  return [
    ...columns,
    ...evolved.map((field): Column => ({
      name: field.name,
      type: { kind: evolvedKind(field) },
      required: false,
      path: [field.name],
    })),
  ];
}

export interface ExtraInput {
  readonly pipeline: Pipeline;
  readonly raw: TableMetadata;
  readonly columns: readonly Column[];
  readonly lines: readonly SpooledLines[];
  readonly directory: string;
  /** The decoded rows. */
  readonly rows: string;
  readonly signal: AbortSignal;
}

/** The decoded rows with `_extra`, and which of the fields in it shall have columns of their own. Nothing is looked at where unknown fields are ignored. */
export async function addExtra(
  session: Session,
  { pipeline, raw, columns, lines, directory, rows, signal }: ExtraInput,
): Promise<{ readonly rows: string; readonly unknown: readonly UnknownField[] }> {
  const { unknownFields: mode } = pipeline.source;
  if (mode === undefined) return { rows, unknown: [] };
  const known = columns.map(({ path }) => path[0]!);
  await collectExtra(session, { lines, known, into: 'extra_fields', directory, signal });
  const lower = new Set(known.map((name) => name.toLowerCase()));
  const unknown =
    mode === 'evolve'
      ? (await unknownFields(session, 'extra_fields'))
          .filter(({ name }) => canBeColumn(raw, name) && !lower.has(name.toLowerCase()))
          .slice(0, roomForColumns(raw))
      : [];
  await session.run(
    `create or replace table rows_with_extra as select r.*, e.extra as _extra from ${rows} r left join extra_fields e using (_partition, _offset) order by _partition, _offset`,
  );
  return { rows: 'rows_with_extra', unknown };
}
