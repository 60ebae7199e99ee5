import { canonicalJson, parseJson } from '../base/json';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { loadTables } from './lake';
import type { Lake, LoadedTable } from './lake';

const KEY = /^sluice\.(.+)\.pipeline$/;

/** The pipeline as it was when a batch was made, kept with that batch's rows: old results are explained by old rules. */
export function pipelineProperties(pipeline: Pipeline): Record<string, string> {
  return { [`sluice.${pipeline.name}.pipeline`]: canonicalJson(pipeline) };
}

/** The pipeline that writes this raw table; undefined when none has yet. */
export function pipelineOfRaw({ name, metadata }: LoadedTable): Pipeline | undefined {
  const records = Object.entries(metadata.properties).filter(([key]) => KEY.test(key));
  return records
    .map(([, text]) => parseJson<Pipeline>(text))
    .find(({ table }) => formatTableName(table) === formatTableName(name));
}

/** Every pipeline that has published into the lake at `hash`, with its raw table. */
export async function readPipelines(
  lake: Lake,
  hash: string,
): Promise<readonly { readonly pipeline: Pipeline; readonly raw: LoadedTable }[]> {
  const entries = await lake.nessie.entries(hash);
  const tables = await loadTables(
    lake,
    hash,
    entries.map(({ name }) => name),
  );
  return [...tables.values()].flatMap((raw) =>
    Object.entries(raw.metadata.properties)
      .filter(([key]) => KEY.test(key))
      .map(([, text]) => ({ pipeline: parseJson<Pipeline>(text), raw })),
  );
}
