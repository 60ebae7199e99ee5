import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import type { TableMetadata } from './iceberg/types';
import type { LoadedTable } from './lake';

const OWNER_KEY = 'sluice.pipeline';
const PROGRESS_KEY = /^sluice\.(.+)\.progress$/;

/** The table property that names the one pipeline which writes a table; given when the table is made. */
export function ownerProperties(pipelineName: string): Readonly<Record<string, string>> {
  return { [OWNER_KEY]: pipelineName };
}

/** The pipeline that a table belongs to: by its property, else by a progress record in it. Undefined for a table that none has claimed. */
export function tableOwner({ properties }: Pick<TableMetadata, 'properties'>): string | undefined {
  const named = properties[OWNER_KEY];
  if (named !== undefined) return named;
  for (const key of Object.keys(properties)) {
    const [, name] = PROGRESS_KEY.exec(key) ?? [];
    if (name !== undefined) return name;
  }
  return undefined;
}

/**
 * Throws TABLE_TAKEN when a table belongs to another pipeline. Progress is kept by pipeline name: a second pipeline on the same table
 * would begin anew beside the first, and every event would stand there twice.
 */
export function requireOwner(tables: Iterable<LoadedTable>, pipelineName: string): void {
  for (const { name, metadata } of tables) {
    const owner = tableOwner(metadata);
    if (owner === undefined || owner === pipelineName) continue;
    throw new SluiceError('TABLE_TAKEN', `table ${formatTableName(name)} belongs to pipeline ${owner}`, {
      cure: `Name tables of its own in the file of ${pipelineName}, or change the file of ${owner} in place of writing a second one.`,
      context: { pipeline: pipelineName, owner },
    });
  }
}
