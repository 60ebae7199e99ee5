import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { filesRelation } from '../../engine/read-files';
import { quoteIdent } from '../../engine/sql';
import type { WindowIdentity } from '../../engine/windows/identity';
import { currentSchema } from '../../lake/iceberg/metadata';
import type { DataFile } from '../../lake/iceberg/types';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import { localFiles } from '../files';
import type { WindowWork } from './work';

/** Files of a window table that hold rows of windows taken back, and what stays of them. */
export interface Rewrite {
  readonly removed: readonly DataFile[];
  /** SQL relation of the files' other rows, in parentheses. */
  readonly kept: string;
}

/**
 * Finds the published files that hold rows of the windows in `takenBack`: by the bounds of their columns first, then by looking. Only these
 * files are written again. Undefined when no published row is affected. Throws UNSUPPORTED_TABLE where another engine deleted rows.
 */
export async function rewritePublished(
  { deps, session }: WindowWork,
  input: { readonly target: LoadedTable; readonly identity: WindowIdentity; readonly takenBack: string },
): Promise<Rewrite | undefined> {
  const { target, identity, takenBack } = input;
  const schema = currentSchema(target.metadata);
  const [bounds] = await session.rows<{ least: bigint; most: bigint }>(
    `select min(epoch_us(${identity.bound})) as least, max(epoch_us(${identity.bound})) as most from ${takenBack}`,
  );
  const { files } = await planScan(deps.lake, target, {
    ranges: [{ column: identity.bound, min: bounds!.least, max: bounds!.most }],
  });
  if (files.length === 0) return undefined;
  if (files.some(({ deletes }) => deletes.length > 0)) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `${formatTableName(target.name)} has row-level deletes of another engine, so its windows cannot be computed again`,
      { cure: 'Compact the table with the engine that wrote the deletes.' },
    );
  }
  const paths = await localFiles(
    deps,
    files.map(({ file }) => file),
  );
  const same = [...identity.key, identity.bound].map(
    (name) => `f.${quoteIdent(name)} is not distinct from t.${quoteIdent(name)}`,
  );
  const affected = (relation: string, kind: 'semi' | 'anti'): string =>
    `(select * from ${relation} f ${kind} join ${takenBack} t on ${same.join(' and ')})`;
  const held = await session.rows<{ file: number }>(
    paths
      .map(
        (path, index) =>
          `select ${index} as file where exists (from ${affected(filesRelation(schema, [path]), 'semi')})`,
      )
      .join(' union all '),
  );
  if (held.length === 0) return undefined;
  const indexes = held.map(({ file }) => file).sort((a, b) => a - b);
  return {
    removed: indexes.map((index) => files[index]!.file),
    kept: affected(
      filesRelation(
        schema,
        indexes.map((index) => paths[index]!),
      ),
      'anti',
    ),
  };
}
