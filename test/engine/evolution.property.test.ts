import path from 'node:path';
import { filesRelation } from '../../engine/read-files';
import { quoteIdent, quoteText, structOf } from '../../engine/sql';
import { icebergToDuckdb } from '../../engine/types';
import { writeTable } from '../../engine/write-parquet';
import { newTableMetadata } from '../../lake/create-table';
import { evolveTable } from '../../lake/evolve/evolve-table';
import { currentSchema } from '../../lake/iceberg/metadata';
import type { IcebergType, TableMetadata } from '../../lake/iceberg/types';
import { isPrimitive } from '../../lake/iceberg/values';
import {
  drawOf,
  randomEvolution,
  randomFields,
  randomHeld,
  seeded,
  seenAs,
  type Draw,
  type Held,
} from './support/random-evolution';
import { openTestEngine, type TestEngine } from './support/session';
import { unpartitioned } from './support/tables';

const CASES = 25;
const STAGES = 5;
const seed = Number(process.env['SLUICE_SEED'] ?? Date.now() % 1_000_000);

/** Rows that were written under some schema, in order of their key. */
interface Row {
  readonly key: number;
  readonly held: ReadonlyMap<number | string, Held>;
}

describe(`evolutions in a row (SLUICE_SEED=${seed})`, () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  it.each(Array.from({ length: CASES }, (_, index) => seed + index))(
    'files of all schemas read as the current one says, seed %d',
    async (caseSeed) => {
      const draw = drawOf(seeded(caseSeed));
      let metadata: TableMetadata = newTableMetadata({
        name: { namespace: 'db', name: 't' },
        columns: [{ name: 'key', type: 'int', required: true }, ...randomFields(draw, 3, 1)],
        location: 's3://l/db/t',
        nowMs: 1,
        seed: 't',
      });
      const files: string[] = [];
      const rows: Row[] = [];
      for (let stage = 0; stage < STAGES; stage += 1) {
        const written = randomRows(draw, metadata, rows.length);
        files.push(await write(metadata, written, `${caseSeed}-${stage}`));
        rows.push(...written);
        metadata = next(draw, metadata);
        const { fields } = currentSchema(metadata);
        const found = await test.session.rows<{ text: string }>(
          `SELECT to_json(t)::VARCHAR AS text FROM ${filesRelation(currentSchema(metadata), files)} t ORDER BY key`,
        );
        expect(found.map(({ text }) => JSON.parse(text) as unknown)).toEqual(
          rows.map(({ key, held }) => ({ ...(seenAs({ type: 'struct', fields }, held) as object), key })),
        );
      }
    },
    60_000,
  );

  function next(draw: Draw, metadata: TableMetadata): TableMetadata {
    const [key, ...rest] = currentSchema(metadata).fields;
    const wanted = randomEvolution(draw, rest);
    const { problems, metadata: evolved } = evolveTable({
      metadata,
      wanted: {
        name: { namespace: 'db', name: 't' },
        columns: [{ name: key!.name, type: key!.type, required: true }, ...wanted.columns],
        formerNames: wanted.formerNames,
      },
      liveSpecIds: new Set([0]),
    });
    expect(problems).toEqual([]);
    expect(evolved['last-column-id']).toBeGreaterThanOrEqual(metadata['last-column-id']);
    return evolved;
  }

  function randomRows(draw: Draw, metadata: TableMetadata, first: number): readonly Row[] {
    const [, ...fields] = currentSchema(metadata).fields;
    return Array.from({ length: 3 }, (_, index) => ({
      key: first + index,
      held: new Map(fields.map((field) => [field.id, randomHeld(draw, field.type)])),
    }));
  }

  async function write(metadata: TableMetadata, rows: readonly Row[], name: string): Promise<string> {
    const schema = currentSchema(metadata);
    const selects = rows.map(
      ({ key, held }) =>
        `SELECT ${schema.fields
          .map(
            (field) =>
              `${field.name === 'key' ? key : literal(field.type, held.get(field.id) ?? null)} AS ${quoteIdent(field.name)}`,
          )
          .join(', ')}`,
    );
    const [file] = await writeTable(test.session, {
      select: selects.join(' UNION ALL '),
      schema,
      spec: unpartitioned,
      directory: path.join(test.directory, name),
      namePrefix: name,
    });
    return file!.localPath;
  }
});

function literal(type: IcebergType, held: Held): string {
  return `(${held === null ? 'NULL' : valueSql(type, held)})::${icebergToDuckdb(type)}`;
}

function valueSql(type: IcebergType, held: NonNullable<Held>): string {
  if (isPrimitive(type)) return typeof held === 'string' ? quoteText(held) : String(held);
  if (type.type === 'list')
    return `[${(held as readonly Held[]).map((item) => literal(type.element, item)).join(', ')}]`;
  const entries = held as ReadonlyMap<number | string, Held>;
  if (type.type === 'map')
    return `MAP {${[...entries].map(([key, value]) => `${quoteText(String(key))}: ${literal(type.value, value)}`).join(', ')}}`;
  return structOf(type.fields.map((field) => [field.name, literal(field.type, entries.get(field.id) ?? null)]));
}
