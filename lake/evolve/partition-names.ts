import type { Field, PartitionSpec } from '../iceberg/types';
import type { EvolutionProblem } from './change';

interface Named {
  readonly specs: readonly PartitionSpec[];
  readonly fields: readonly Field[];
}

/**
 * Columns that would have the name of a partition field which is made from another column: Iceberg's Java library refuses to load such a table
 * (PartitionSpec.Builder.add), also for a spec that no file has any more, since specs are never taken out. What stands so already is not our doing.
 */
export function namesOfPartitions(before: Named, after: Named): readonly EvolutionProblem[] {
  const known = new Set(clashes(before).map(({ column }) => column.id));
  return clashes(after)
    .filter(({ column }) => !known.has(column.id))
    .map(({ column, partition }) => ({
      part: 'column',
      path: column.name,
      message: `${column.name}: the table is or was partitioned by a field ${partition} of another column, and engines refuse a table with both; give the column another name`,
    }));
}

function clashes({ specs, fields }: Named): readonly { readonly column: Field; readonly partition: string }[] {
  return fields.flatMap((column) => {
    const taken = specs
      .flatMap((spec) => spec.fields)
      .find((field) => field['source-id'] !== column.id && field.name.toLowerCase() === column.name.toLowerCase());
    return taken ? [{ column, partition: taken.name }] : [];
  });
}
