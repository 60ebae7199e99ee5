import type { TableDefinition } from '../../../lake/create-table';
import { newTableMetadata } from '../../../lake/create-table';
import { changeText } from '../../../lake/evolve/change';
import { evolveTable, type TableEvolution } from '../../../lake/evolve/evolve-table';
import { currentSchema, defaultSpec } from '../../../lake/iceberg/metadata';
import { icebergType } from '../../../lake/schema-from-pipeline';
import { formerNames } from '../../../pipeline/former-names';
import { parseColumn } from '../../../pipeline/column';
import { parsePartition } from '../../../pipeline/partition';
import type { TableMetadata } from '../../../lake/iceberg/types';

/** A table as a pipeline file would write it. */
function table(
  columns: Readonly<Record<string, string>>,
  partition: readonly string[] = [],
  sortFields: readonly string[] = [],
): TableDefinition {
  const parsed = Object.entries(columns).map(([name, text]) => parseColumn(name, text));
  return {
    name: { namespace: 'db', name: 't' },
    columns: parsed.map(({ name, type, required }) => ({ name, type: icebergType(type), required })),
    partition: partition.map(parsePartition),
    sortFields,
    formerNames: formerNames(parsed),
  };
}

/** The table with a snapshot, so with rows. */
function standing(definition: TableDefinition): TableMetadata {
  const made = newTableMetadata({ ...definition, location: 's3://l/db/t', nowMs: 1, seed: 't' });
  return {
    ...made,
    'current-snapshot-id': 7n,
    snapshots: [
      {
        'snapshot-id': 7n,
        'sequence-number': 1n,
        'timestamp-ms': 1,
        'manifest-list': 's3://l/db/t/metadata/snap.avro',
        'schema-id': 0,
        summary: { operation: 'append' },
      },
    ],
  };
}

const evolve = (metadata: TableMetadata, wanted: TableDefinition, liveSpecs: readonly number[] = [0]): TableEvolution =>
  evolveTable({ metadata, wanted, liveSpecIds: new Set(liveSpecs) });
const lines = ({ changes }: TableEvolution): readonly string[] =>
  changes.map(changeText).map(({ sign, text }) => `${sign} ${text}`);
const messages = ({ problems }: TableEvolution): readonly string[] => problems.map(({ message }) => message);
const columns = (metadata: TableMetadata) => currentSchema(metadata).fields.map(({ id, name }) => `${id} ${name}`);

const before = standing(table({ id: 'int not null', name: 'string', note: 'string', price: 'decimal(9,2)' }));

describe('each kind of change', () => {
  it('is none for a table that is as it should be, twice as well', () => {
    const same = evolve(before, table({ id: 'int not null', name: 'string', note: 'string', price: 'decimal(9,2)' }));
    expect(same.changes).toEqual([]);
    expect(same.metadata).toBe(before);
  });

  it('adds a column with the next id', () => {
    const wanted = table({
      id: 'int not null',
      country: 'struct<code: string, names: list<string>>',
      name: 'string',
      note: 'string',
      price: 'decimal(9,2)',
    });
    const done = evolve(before, wanted);
    expect(lines(done)).toEqual(['+ country struct<code: string, names: list<string>>']);
    expect(columns(done.metadata)).toEqual(['1 id', '5 country', '2 name', '3 note', '4 price']);
    expect(done.metadata['last-column-id']).toBe(8);
    expect(done.metadata['current-schema-id']).toBe(1);
    expect(done.metadata.schemas).toHaveLength(2);
    expect(evolve(done.metadata, wanted).changes).toEqual([]);
  });

  it('renames by "was", and again without effect', () => {
    const wanted = table({ id: 'int not null', full_name: 'string was name', note: 'string', price: 'decimal(9,2)' });
    const done = evolve(before, wanted);
    expect(lines(done)).toEqual(['~ name is renamed to full_name']);
    expect(columns(done.metadata)).toEqual(['1 id', '2 full_name', '3 note', '4 price']);
    expect(evolve(done.metadata, wanted).changes).toEqual([]);
  });

  it('follows renames in a row, and gives a freed name to a new column', () => {
    const wanted = table({
      id: 'int not null',
      note: 'string was name',
      remark: 'string was note',
      name: 'bigint',
      price: 'decimal(9,2)',
    });
    const done = evolve(before, wanted);
    expect(lines(done)).toEqual(['~ name is renamed to note', '~ note is renamed to remark', '+ name bigint']);
    expect(columns(done.metadata)).toEqual(['1 id', '2 note', '3 remark', '5 name', '4 price']);
    expect(evolve(done.metadata, wanted).changes).toEqual([]);
  });

  it('drops, widens, makes optional, reorders', () => {
    const wanted = table({ price: 'decimal(18,2)', id: 'bigint', name: 'string' });
    const done = evolve(before, wanted);
    expect(lines(done)).toEqual([
      '~ price decimal(9,2) -> decimal(18,2)',
      '~ id may be null',
      '~ id int -> bigint',
      '- note string',
      '~ columns in the order price, id, name',
    ]);
    expect(columns(done.metadata)).toEqual(['4 price', '1 id', '2 name']);
  });

  it('never uses the id of a dropped column again, and takes up a schema that stood there before', () => {
    const without = evolve(before, table({ id: 'int not null', name: 'string', price: 'decimal(9,2)' })).metadata;
    const again = evolve(without, table({ id: 'int not null', name: 'string', note: 'string', price: 'decimal(9,2)' }));
    expect(columns(again.metadata)).toEqual(['1 id', '2 name', '5 note', '4 price']);
    const back = evolve(again.metadata, table({ id: 'int not null', name: 'string', price: 'decimal(9,2)' })).metadata;
    expect(back['current-schema-id']).toBe(without['current-schema-id']);
    expect(back.schemas).toHaveLength(3);
    expect(back['last-column-id']).toBe(5);
  });

  it('changes fields inside structs, lists and maps', () => {
    const nested = standing(
      table({
        a: 'struct<x: int, y: string>',
        l: 'list<struct<k: int, v: float>>',
        m: 'map<string,struct<u: string>>',
        n: 'list<int>',
      }),
    );
    const wanted = table({
      a: 'struct<y: string, z: string, xx: bigint was x>',
      l: 'list<struct<key: int was k, v: double, w: string>>',
      m: 'map<string,struct<uu: string was u>>',
      n: 'list<bigint>',
    });
    const done = evolve(nested, wanted);
    expect(lines(done)).toEqual([
      '+ a.z string',
      '~ a.x is renamed to a.xx',
      '~ a.xx int -> bigint',
      '~ a in the order y, xx',
      '~ l.element.k is renamed to l.element.key',
      '~ l.element.v float -> double',
      '+ l.element.w string',
      '~ m.value.u is renamed to m.value.uu',
      '~ n.element int -> bigint',
    ]);
    expect(evolve(done.metadata, wanted).changes).toEqual([]);
  });

  it('changes the partition for new files; a field keeps its id, and an earlier spec is taken up again', () => {
    const time = { id: 'bigint not null', at: 'timestamptz not null', kind: 'string' };
    const parted = standing(table(time, ['day(at)']));
    const done = evolve(parted, table(time, ['day(at)', 'bucket(16, id)']));
    expect(lines(done)).toEqual(['~ partition [day(at)] -> [day(at), bucket(16, id)], for new files']);
    expect(defaultSpec(done.metadata)).toEqual({
      'spec-id': 1,
      fields: [
        { name: 'at_day', transform: 'day', 'source-id': 2, 'field-id': 1000 },
        { name: 'id_bucket', transform: 'bucket[16]', 'source-id': 1, 'field-id': 1001 },
      ],
    });
    expect(done.metadata['last-partition-id']).toBe(1001);
    const wider = evolve(done.metadata, table(time, ['bucket(32, id)']));
    expect(defaultSpec(wider.metadata).fields).toEqual([
      { name: 'id_bucket_32', transform: 'bucket[32]', 'source-id': 1, 'field-id': 1002 },
    ]);
    const back = evolve(wider.metadata, table(time, ['day(at)']));
    expect(back.metadata['default-spec-id']).toBe(0);
    expect(back.metadata['partition-specs']).toHaveLength(3);
    expect(lines(evolve(back.metadata, table(time, [])))).toEqual(['~ partition [day(at)] -> none, for new files']);
  });

  it('bug: gives no sort order the id 0 where another writer has not listed it: Java engines refuse any other', () => {
    const ours = standing(table({ id: 'int', at: 'timestamp' }, [], ['id']));
    const theirs = { ...ours, 'sort-orders': ours['sort-orders'].filter(({ fields }) => fields.length > 0) };
    const { metadata } = evolve(theirs, table({ id: 'int', at: 'timestamp' }));
    expect(metadata['default-sort-order-id']).toBe(0);
    expect(metadata['sort-orders']).toContainEqual({ 'order-id': 0, fields: [] });
  });

  it('changes the sort order for new files', () => {
    const sorted = standing(table({ id: 'int', at: 'timestamp' }, [], ['id']));
    const done = evolve(sorted, table({ id: 'int', at: 'timestamp' }, [], ['at', 'id']));
    expect(lines(done)).toEqual(['~ sort [id] -> [at, id], for new files']);
    expect(done.metadata['default-sort-order-id']).toBe(2);
    const back = evolve(done.metadata, table({ id: 'int', at: 'timestamp' }, [], ['id']));
    expect(back.metadata['default-sort-order-id']).toBe(1);
    expect(evolve(back.metadata, table({ id: 'int', at: 'timestamp' })).metadata['default-sort-order-id']).toBe(0);
  });
});

describe('properties', () => {
  const withSettings = (settings: Record<string, string>): TableDefinition => ({ ...table({ id: 'int' }), settings });
  const made = standing(withSettings({ 'x.a': '1', comment: 'c' }));

  it('are set, changed and taken away as the file says; those set by hand stay', () => {
    expect(made.properties).toMatchObject({ 'x.a': '1', comment: 'c' });
    const byHand = { ...made, properties: { ...made.properties, 'x.hand': 'h' } };
    const done = evolve(byHand, withSettings({ 'x.a': '2', 'x.b': '3' }));
    expect(lines(done)).toEqual(['~ property x.a: 1 -> 2', '+ property x.b=3', '- property comment=c']);
    expect(done.metadata.properties).toMatchObject({ 'x.a': '2', 'x.b': '3', 'x.hand': 'h', 'gc.enabled': 'false' });
    expect(done.metadata.properties).not.toHaveProperty('comment');
    expect(evolve(done.metadata, withSettings({ 'x.a': '2', 'x.b': '3' })).changes).toEqual([]);
    const none = evolve(done.metadata, table({ id: 'int' })).metadata.properties;
    expect(Object.keys(none).filter((key) => key.startsWith('x.'))).toEqual(['x.hand']);
  });
});

describe('what is refused', () => {
  const refused = (wanted: TableDefinition, metadata = before): readonly string[] => {
    const result = evolve(metadata, wanted);
    expect(result.metadata).toBe(metadata);
    return messages(result);
  };
  const rest = { id: 'int not null', name: 'string', note: 'string', price: 'decimal(9,2)' };

  it('is said all at once', () => {
    expect(
      refused(
        table({
          id: 'string',
          name: 'string not null',
          note: 'list<string>',
          price: 'decimal(9,3)',
          n: 'int not null',
        }),
      ),
    ).toEqual([
      'id: int cannot become string: only int to bigint, float to double and decimals of more digits (same scale) can change in place. Keep the type, or add a column of another name',
      'name: rows may stand there without a value, so it cannot become "not null"; leave that away',
      'note: string cannot become list<string>: only int to bigint, float to double and decimals of more digits (same scale) can change in place. Keep the type, or add a column of another name',
      'price: decimal(9,2) cannot become decimal(9,3): only int to bigint, float to double and decimals of more digits (same scale) can change in place. Keep the type, or add a column of another name',
      'n: a new column is NULL in the rows that stand there, so it cannot be "not null"; leave that away',
    ]);
  });

  it('narrowing', () => {
    const wide = standing(table({ id: 'bigint' }));
    expect(refused(table({ id: 'int' }), wide)[0]).toContain('bigint cannot become int: a type is never made narrower');
  });

  it.each([
    [
      'two columns of one',
      { id: 'int not null', a: 'string was name', b: 'string was name', note: 'string', price: 'decimal(9,2)' },
      'b: name becomes a already',
    ],
    ['a wrong name behind was', { ...rest, full: 'string was nmae' }, 'full: the table has neither full nor nmae'],
    [
      'case only',
      { id: 'int not null', Name: 'string', note: 'string', price: 'decimal(9,2)' },
      'the table has name, which differs by case only; write "was name" to rename it',
    ],
  ])('a rename with %s', (_what, wanted, message) => {
    expect(refused(table(wanted)).join('\n')).toContain(message);
  });

  it('a rename onto a column that stands there', () => {
    expect(refused(table({ id: 'int not null', note: 'string was name', price: 'decimal(9,2)' }))[0]).toContain(
      'note: the table has both name and note, so name cannot become note',
    );
  });

  it('bug: a column with the name of a partition field of another column, which Java engines do not load', () => {
    const refused = (name: string, field: string): readonly string[] => [
      `${name}: the table is or was partitioned by a field ${field} of another column, and engines refuse a table with both; give the column another name`,
    ];
    const byRegion = standing(table({ id: 'int', region: 'string' }, ['region']));
    const renamed = evolve(byRegion, table({ id: 'int', area: 'string was region' }, ['area']));
    expect(messages(renamed)).toEqual([]);
    const freed = table({ id: 'int', area: 'string was region', Region: 'string' }, ['area']);
    expect(messages(evolve(byRegion, freed))).toEqual(refused('Region', 'region'));
    expect(messages(evolve(renamed.metadata, freed))).toEqual(refused('Region', 'region'));

    const byDay = standing(table({ ts: 'timestamptz' }, ['day(ts)']));
    const without = evolve(byDay, table({ ts: 'timestamptz' })).metadata;
    expect(messages(evolve(without, table({ ts: 'timestamptz', ts_day: 'date' })))).toEqual(
      refused('ts_day', 'ts_day'),
    );

    // A table that another engine made so goes on.
    const [id, area] = currentSchema(renamed.metadata).fields;
    const fields = [id!, area!, { id: 9, name: 'region', required: false, type: 'string' } as const];
    const odd = { ...byRegion, 'last-column-id': 9, schemas: [{ ...currentSchema(byRegion), fields }] };
    const more = table({ id: 'int', area: 'string', region: 'string', more: 'string' }, ['area']);
    expect(messages(evolve(odd, more))).toEqual([]);
  });

  it('a dropped column that live files are partitioned by; with other files it goes', () => {
    const parted = standing(table({ id: 'bigint', kind: 'string' }, ['kind']));
    const moved = evolve(parted, table({ id: 'bigint', kind: 'string' }, [])).metadata;
    expect(refused(table({ id: 'bigint' }), moved)).toEqual([
      'kind: files that stand there are partitioned by it, and readers need the column to prune them; keep it, or take it out when those files are gone',
    ]);
    expect(lines(evolve(moved, table({ id: 'bigint' }), [1]))).toEqual(['- kind string']);
  });

  it('a struct field with the name of an earlier one', () => {
    const nested = standing(table({ a: 'struct<x: int, y: string>' }));
    const without = evolve(nested, table({ a: 'struct<y: string>' })).metadata;
    expect(refused(table({ a: 'struct<y: string, x: string>' }), without)).toEqual([
      'a.x: another field of a had this name, and old files hold it; give the field a name of its own',
    ]);
  });

  it('a map of other keys', () => {
    const result = evolve(standing(table({ m: 'map<string,int>' })), {
      ...table({}),
      columns: [
        {
          name: 'm',
          required: false,
          type: { type: 'map', 'key-id': 0, key: 'int', 'value-id': 0, 'value-required': false, value: 'int' },
        },
      ],
    });
    expect(messages(result)[0]).toContain('m.key: string cannot become int');
  });

  it('nothing of an empty table that only rows forbid', () => {
    const empty = newTableMetadata({ ...table({ id: 'int' }), location: 's3://l/db/t', nowMs: 1, seed: 't' });
    const done = evolve(empty, table({ id: 'int not null', n: 'int not null' }), []);
    expect(messages(done)).toEqual([]);
    expect(currentSchema(done.metadata).fields.every(({ required }) => required)).toBe(true);
  });
});
