import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SluiceConfig } from '../../../base/config';
import { loadConfig } from '../../../base/config';
import { quoteText } from '../../../engine/sql';
import { duckdbExtensions } from '../../../stack/part-paths';

/** A DuckDB of its own with the iceberg extension: none of our code plans or reads the files. */
export interface DuckdbIceberg {
  /** Rows of a statement; `$1` and the like are not used, values stand in the text. */
  rows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): void;
}

export async function openDuckdbIceberg(config: SluiceConfig = loadConfig()): Promise<DuckdbIceberg> {
  const installed = process.env['SLUICE_STACK_DIR'] ?? path.join(config.home, 'stack');
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  for (const file of duckdbExtensions(installed)) await connection.run(`LOAD ${quoteText(file)}`);
  const { s3 } = config;
  const endpoint = new URL(s3.endpoint);
  await connection.run(
    `CREATE SECRET s (TYPE s3, KEY_ID ${quoteText(s3.accessKeyId)}, SECRET ${quoteText(s3.secretAccessKey)}, REGION ${quoteText(s3.region)},
     ENDPOINT ${quoteText(endpoint.host)}, URL_STYLE 'path', USE_SSL ${endpoint.protocol === 'https:'})`,
  );
  return {
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
