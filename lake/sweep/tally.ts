import type { ListedObject } from '../objects/object-store';
import { kindOf } from './place';
import type { ObjectKind } from './place';

export interface Amount {
  readonly files: number;
  readonly sizeBytes: number;
}

/** What a sweep found in one table or place, by kind of object. */
export interface TallyRow {
  /** Names of the tables that stand there, or the place itself. */
  readonly table: string;
  readonly kind: ObjectKind;
  /** Nothing reaches them, and they are old enough. */
  readonly orphans: Amount;
  /** Of these, deleted by this run, or by the next where this is a dry run. */
  readonly deleted: Amount;
}

export interface Tally {
  orphan(place: string, object: ListedObject): void;
  deleted(place: string, object: ListedObject): void;
  /** Most bytes first. */
  rows(): readonly TallyRow[];
}

const none: Amount = { files: 0, sizeBytes: 0 };
const plus = (amount: Amount, { sizeBytes }: ListedObject): Amount => ({
  files: amount.files + 1,
  sizeBytes: amount.sizeBytes + sizeBytes,
});

export function newTally(): Tally {
  const rows = new Map<string, TallyRow>();
  const change = (table: string, object: ListedObject, what: 'orphans' | 'deleted'): void => {
    const kind = kindOf(object.uri);
    const key = `${table} ${kind}`;
    const row = rows.get(key) ?? { table, kind, orphans: none, deleted: none };
    rows.set(key, { ...row, [what]: plus(row[what], object) });
  };
  return {
    orphan: (place, object) => change(place, object, 'orphans'),
    deleted: (place, object) => change(place, object, 'deleted'),
    rows: () => [...rows.values()].sort((a, b) => b.orphans.sizeBytes - a.orphans.sizeBytes),
  };
}

export const sumOf = (rows: readonly TallyRow[], what: 'orphans' | 'deleted'): Amount =>
  rows.reduce(
    (sum, row) => ({ files: sum.files + row[what].files, sizeBytes: sum.sizeBytes + row[what].sizeBytes }),
    none,
  );
