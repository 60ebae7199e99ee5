import { SluiceError } from '../base/errors';

/**
 * Bounds on the shape of a statement. DuckDB plans before it can be interrupted, and its time for planning grows faster than the text:
 * 60 joined tables take one second, 150 more than a minute; 1,000 UNIONs 0.3 s, 10,000 20 s; CTEs that it may write out where they are
 * named 1.3 s at 4,096 places.
 */
export const shapeLimits = { nodes: 50_000, tables: 50, setOperations: 500, cteUses: 2_000 } as const;

export type Shape = Readonly<Record<keyof typeof shapeLimits, number>>;

const words: Readonly<Record<keyof typeof shapeLimits, string>> = {
  nodes: 'nodes',
  tables: 'table names',
  setOperations: 'UNIONs and the like',
  cteUses: 'places where a CTE is used, counted with those inside of other CTEs',
};

/** Throws QUERY_REFUSED. */
export function checkShape(shape: Shape): void {
  for (const key of Object.keys(shapeLimits) as (keyof typeof shapeLimits)[]) {
    if (shape[key] <= shapeLimits[key]) continue;
    throw new SluiceError('QUERY_REFUSED', `the query has more than ${shapeLimits[key]} ${words[key]}`, {
      cure: 'Split it: planning such a query would take too long.',
    });
  }
}

/** Key of the names that stand outside of any CTE. */
export const outside = '';

/**
 * How often CTEs are used when each is written out where it is named: a chain in which each names the one before twice doubles at every link.
 * `uses` has, per CTE and for `outside`, the names without namespace that it mentions. Pure; a CTE that names itself is counted once.
 */
export function countCteUses(uses: ReadonlyMap<string, readonly string[]>): number {
  const known = new Map<string, number>();
  const underway = new Set<string>();
  const count = (owner: string): number => {
    const before = known.get(owner);
    if (before !== undefined) return before;
    if (underway.has(owner)) return 0;
    underway.add(owner);
    const total = (uses.get(owner) ?? []).reduce(
      (sum, name) => Math.min(sum + 1 + count(name), Number.MAX_SAFE_INTEGER),
      0,
    );
    underway.delete(owner);
    known.set(owner, total);
    return total;
  };
  return count(outside);
}
