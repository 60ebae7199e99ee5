import { quoteIdent } from '../../engine/sql';
import type { WindowIdentity } from '../../engine/windows/identity';
import { floorTo, micros, microsOf } from '../../engine/windows/window-sql';
import type { ScannedFile } from '../../engine/scan-relation';
import type { LoadedTable } from '../../lake/lake';
import { fixedWindows, mergeRanges } from '../../stream/windows';
import type { TimeRange } from '../../stream/windows';
import type { WindowShape } from '../../pipeline/model';
import { scannedRows } from '../files';
import { filesWithin } from './stream-input';
import type { WindowWork } from './work';

/** Files of a window table that hold rows of windows taken back, and what stays of them. */
export interface Rewrite {
  readonly removed: readonly ScannedFile[];
  /** SQL relation of the files' other rows, in parentheses. */
  readonly kept: string;
}

/**
 * Finds the published files that hold rows of the windows in `takenBack`: by the bounds of their columns first, then by looking. Only these
 * files are written again. Undefined when no published row is affected.
 */
export async function rewritePublished(
  work: WindowWork,
  input: {
    readonly target: LoadedTable;
    readonly shape: WindowShape;
    readonly identity: WindowIdentity;
    readonly takenBack: string;
  },
): Promise<Rewrite | undefined> {
  const { deps, session } = work;
  const { target, identity, takenBack } = input;
  const files = await filesWithin(deps, target, identity.bound, await boundsOf(work, input));
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
    removed: indexes.map((index) => files[index]!),
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

/** Where in time the windows' bounds lie: two that lie far apart are two ranges, so that no file between them is read. */
async function boundsOf(
  { session }: WindowWork,
  { shape, identity, takenBack }: Parameters<typeof rewritePublished>[1],
): Promise<readonly TimeRange[]> {
  const cellMs = shape.kind === 'session' ? shape.maxMs : fixedWindows(shape).slideMs;
  const cells = await session.rows<{ from_us: bigint }>(
    `select distinct ${floorTo(microsOf(identity.bound), micros(cellMs))} as from_us from ${takenBack}`,
  );
  return mergeRanges(
    cells.map(({ from_us }) => ({ fromMs: Number(from_us / 1000n), toMs: Number(from_us / 1000n) + cellMs })),
  );
}
