import { quoteIdent } from '../../engine/sql';
import type { WindowIdentity } from '../../engine/windows/identity';
import type { DataFile } from '../../lake/iceberg/types';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import { scannedRows } from '../files';
import type { WindowWork } from './work';

/** Files of a window table that hold rows of windows taken back, and what stays of them. */
export interface Rewrite {
  readonly removed: readonly DataFile[];
  /** SQL relation of the files' other rows, in parentheses. */
  readonly kept: string;
}

/**
 * Finds the published files that hold rows of the windows in `takenBack`: by the bounds of their columns first, then by looking. Only these
 * files are written again. Undefined when no published row is affected.
 */
export async function rewritePublished(
  { deps, session }: WindowWork,
  input: { readonly target: LoadedTable; readonly identity: WindowIdentity; readonly takenBack: string },
): Promise<Rewrite | undefined> {
  const { target, identity, takenBack } = input;
  const [bounds] = await session.rows<{ least: bigint; most: bigint }>(
    `select min(epoch_us(${identity.bound})) as least, max(epoch_us(${identity.bound})) as most from ${takenBack}`,
  );
  const { files } = await planScan(deps.lake, target, {
    ranges: [{ column: identity.bound, min: bounds!.least, max: bounds!.most }],
  });
  if (files.length === 0) return undefined;
  const rows = await Promise.all(files.map((file) => scannedRows(deps, target, [file])));
  const same = [...identity.key, identity.bound].map(
    (name) => `f.${quoteIdent(name)} is not distinct from t.${quoteIdent(name)}`,
  );
  const affected = (relation: string, kind: 'semi' | 'anti'): string =>
    `(select * from ${relation} f ${kind} join ${takenBack} t on ${same.join(' and ')})`;
  const held = await session.rows<{ file: number }>(
    rows
      .map((relation, index) => `select ${index} as file where exists (from ${affected(relation, 'semi')})`)
      .join(' union all '),
  );
  if (held.length === 0) return undefined;
  const indexes = held.map(({ file }) => file).sort((a, b) => a - b);
  return {
    removed: indexes.map((index) => files[index]!.file),
    // Row deletes by other engines are applied for good: the new file is younger than they.
    kept: affected(
      await scannedRows(
        deps,
        target,
        indexes.map((index) => files[index]!),
      ),
      'anti',
    ),
  };
}
