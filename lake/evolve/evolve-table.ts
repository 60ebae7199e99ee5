import { canonicalJson } from '../../base/json';
import type { TableDefinition } from '../create-table';
import { currentSchema, currentSnapshot } from '../iceberg/metadata';
import { childFields, fieldsById } from '../iceberg/schema';
import { reusedNames } from '../iceberg/struct-history';
import type { Field, Schema, TableMetadata } from '../iceberg/types';
import type { EvolutionProblem, TableChange } from './change';
import { evolveFields } from './evolve-fields';
import { evolveProperties } from './evolve-properties';
import { evolveSort } from './evolve-sort';
import { evolveSpec } from './evolve-spec';
import { namesOfPartitions } from './partition-names';

export interface EvolutionInput {
  readonly metadata: TableMetadata;
  readonly wanted: TableDefinition;
  /** Specs that live files were written with: their source columns must stay. */
  readonly liveSpecIds: ReadonlySet<number>;
}

export interface TableEvolution {
  /** In the order in which a person reads them; none: the table is as it should be. */
  readonly changes: readonly TableChange[];
  /** Everything that cannot be done; while there is any, nothing is. */
  readonly problems: readonly EvolutionProblem[];
  /** The table after the changes, without a new version: see stageMetadata. The same object when nothing changes. */
  readonly metadata: TableMetadata;
}

/** How a table comes to look like its definition. Pure: the new schema, spec and sort order with ids that were never used for anything else. */
export function evolveTable({ metadata, wanted, liveSpecIds }: EvolutionInput): TableEvolution {
  const current = currentSchema(metadata);
  const evolved = evolveFields({
    found: current.fields,
    wanted: wanted.columns,
    formerNames: wanted.formerNames ?? {},
    lastColumnId: metadata['last-column-id'],
    hasRows: currentSnapshot(metadata) !== undefined,
  });
  const spec = evolveSpec(metadata, wanted.partition ?? [], evolved.fields);
  const sort = evolveSort(metadata, wanted.sortFields ?? [], evolved.fields);
  const settings = evolveProperties(metadata, wanted.settings ?? {});
  const changes = [...evolved.changes, ...spec.changes, ...sort.changes, ...settings.changes];
  const { schemas, id } = withSchema(metadata, evolved.fields);
  const refused = new Set(evolved.problems.map(({ path }) => path));
  const problems = [
    ...evolved.problems,
    ...neededColumns({ metadata, fields: evolved.fields, liveSpecIds, specProblems: spec.problems }),
    ...namesUsedTwice(metadata.schemas, schemas),
    ...namesOfPartitions(
      { specs: metadata['partition-specs'], fields: current.fields },
      { specs: spec.specs, fields: evolved.fields },
    ),
    // A column that is refused already is not there to partition or sort by.
    ...[...spec.problems, ...sort.problems].filter(({ path }) => !refused.has(path)),
  ];
  if (problems.length > 0 || changes.length === 0) return { changes, problems, metadata };
  return {
    changes,
    problems,
    metadata: {
      ...metadata,
      'last-column-id': evolved.lastColumnId,
      schemas,
      'current-schema-id': id,
      'partition-specs': spec.specs,
      'default-spec-id': spec.defaultSpecId,
      'last-partition-id': spec.lastPartitionId,
      'sort-orders': sort.orders,
      'default-sort-order-id': sort.defaultOrderId,
      properties: settings.properties,
    },
  };
}

/** A schema that stood there before is taken up again. */
function withSchema(
  metadata: TableMetadata,
  fields: readonly Field[],
): { readonly schemas: readonly Schema[]; readonly id: number } {
  const text = canonicalJson(fields);
  const { schemas } = metadata;
  const current = currentSchema(metadata);
  const standing = [current, ...schemas].find((schema) => canonicalJson(schema.fields) === text);
  if (standing) return { schemas, id: standing['schema-id'] };
  const id = Math.max(...schemas.map((schema) => schema['schema-id'])) + 1;
  // What other writers keep in a schema, such as identifier-field-ids, stays.
  return { schemas: [...schemas, { ...current, 'schema-id': id, fields }], id };
}

/** Columns that are gone from the fields, although something in the table is found by them. */
function neededColumns(input: {
  readonly metadata: TableMetadata;
  readonly fields: readonly Field[];
  readonly liveSpecIds: ReadonlySet<number>;
  readonly specProblems: readonly EvolutionProblem[];
}): readonly EvolutionProblem[] {
  const { metadata, fields, liveSpecIds, specProblems } = input;
  const before = fieldsById(currentSchema(metadata));
  const after = fieldsById({ type: 'struct', fields });
  const dropped = [...before.values()].filter(({ id }) => !after.has(id));
  const identifiers = (currentSchema(metadata) as { readonly 'identifier-field-ids'?: readonly number[] })[
    'identifier-field-ids'
  ];
  return dropped.flatMap(({ id, name }): readonly EvolutionProblem[] => {
    const column = (message: string): EvolutionProblem => ({
      part: 'column',
      path: name,
      message: `${name}: ${message}`,
    });
    if (identifiers?.includes(id)) return [column('it is one of the identifier fields of the table, so it cannot go')];
    const spec = metadata['partition-specs'].find(
      (candidate) =>
        liveSpecIds.has(candidate['spec-id']) &&
        candidate.fields.some((field) => field['source-id'] === id && field.transform !== 'void'),
    );
    // A partition by a column that is gone is a problem of its own.
    if (!spec || specProblems.length > 0) return [];
    return [
      column(
        'files that stand there are partitioned by it, and readers need the column to prune them; keep it, or take it out when those files are gone',
      ),
    ];
  });
}

/** A struct field that gets a name which another field of the struct had: see reusedNames. */
function namesUsedTwice(before: readonly Schema[], after: readonly Schema[]): readonly EvolutionProblem[] {
  const known = new Set(reusedNames(before).map(({ structId, name }) => `${structId} ${name}`));
  return reusedNames(after)
    .filter(({ structId, name }) => !known.has(`${structId} ${name}`))
    .map(({ structId, name }) => {
      const path = pathOf(after.at(-1)!, structId);
      return {
        part: 'column',
        path,
        message: `${path}.${name}: another field of ${path} had this name, and old files hold it; give the field a name of its own`,
      };
    });
}

function pathOf(schema: Schema, id: number): string {
  const visit = (field: Field): string | undefined => {
    if (field.id === id) return field.name;
    for (const child of childFields(field.type)) {
      const inner = visit(child);
      if (inner !== undefined) return `${field.name}.${inner}`;
    }
    return undefined;
  };
  return schema.fields.map(visit).find((path) => path !== undefined) ?? `#${id}`;
}
