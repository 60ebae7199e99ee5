import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson, stringifyJson } from '../../base/json';
import { openEngine } from '../../engine/engine';
import { writeTable } from '../../engine/write-parquet';
import { fromWire, toWire, type DataFileJson } from '../../lake/data-file-json';
import type { DataFile, PartitionSpec, Schema } from '../../lake/iceberg/types';
import { lineitemSchema, lineitemSql } from './lineitem-sql';
import { byDay, rawEventsSql, rawSchema } from './raw-events-sql';

export const datasetNames = ['lineitem', 'raw'] as const;
export type DatasetName = (typeof datasetNames)[number];

export interface Dataset {
  readonly name: DatasetName;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly files: readonly { readonly dataFile: DataFile; readonly localPath: string }[];
  readonly sizeBytes: number;
}

interface Shape {
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  /** About 8 MB of lineitem, 2 MB of events. */
  readonly rowsPerFile: number;
  sql(from: number, to: number, seed: number): string;
  /** What `DuckDB sorted` sorts by. */
  readonly sortBy: readonly string[];
}

export const shapes: Readonly<Record<DatasetName, Shape>> = {
  lineitem: {
    schema: lineitemSchema,
    spec: { 'spec-id': 0, fields: [] },
    rowsPerFile: 330_000,
    sql: lineitemSql,
    sortBy: ['l_shipdate', 'l_orderkey'],
  },
  raw: { schema: rawSchema, spec: byDay, rowsPerFile: 122_000, sql: rawEventsSql, sortBy: ['event_time'] },
};

export interface DatasetInput {
  readonly name: DatasetName;
  readonly count: number;
  readonly seed: number;
  /** Files of equal options are made once. */
  readonly directory: string;
}

/** The data files with their manifest entries, made as the worker makes them (writeTable), or as they stand from a run before. */
export async function makeDataset({ name, count, seed, directory }: DatasetInput): Promise<Dataset> {
  const { schema, spec, rowsPerFile, sql } = shapes[name];
  const place = path.join(directory, `${name}-${count}-${seed}`);
  const list = path.join(place, 'files.json');
  if (!existsSync(list)) {
    await mkdir(place, { recursive: true });
    const engine = await openEngine({ memoryLimit: '2GB', threads: 2, tempDirectory: path.join(place, 'spill') });
    const session = await engine.session();
    const entries: { readonly path: string; readonly file: DataFileJson }[] = [];
    for (let index = 0; index < count; index += 1) {
      const [from, to] = [index * rowsPerFile, (index + 1) * rowsPerFile];
      await session.run(`CREATE OR REPLACE TABLE made AS ${sql(from, to, seed)}`);
      const written = await writeTable(session, {
        select: 'SELECT * FROM made',
        schema,
        spec,
        sortOrderId: 0,
        directory: place,
        namePrefix: String(index).padStart(4, '0'),
      });
      entries.push(
        ...written.map(({ localPath, dataFile }) => ({
          path: path.relative(place, localPath),
          file: toWire(dataFile),
        })),
      );
      if ((index + 1) % 20 === 0) process.stderr.write(`${name}: ${index + 1} of ${count} files made\n`);
    }
    session.close();
    await engine.close();
    await writeFile(`${list}.tmp`, stringifyJson(entries));
    await rename(`${list}.tmp`, list);
  }
  const entries = parseJson<{ path: string; file: DataFileJson }[]>(await readFile(list, 'utf8'));
  const files = entries.map((entry) => ({ dataFile: fromWire(entry.file), localPath: path.join(place, entry.path) }));
  return {
    name,
    schema,
    spec,
    files,
    sizeBytes: files.reduce((sum, { dataFile }) => sum + Number(dataFile.fileSizeBytes), 0),
  };
}
