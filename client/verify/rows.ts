import type { Session } from '../../engine/engine';
import type { LedgerRow } from './ledger';
import { check, LISTED } from './report';
import type { CheckReport, Problem } from './report';

/** Names of relations in the session: `ledger`, and the (partition, offset) pairs of the raw and the rejected table. */
export interface RowRelations {
  readonly raw: string;
  readonly rejected: string;
}

interface RangeCount {
  readonly batch: bigint;
  readonly partition: number;
  readonly found: bigint;
}

/**
 * Holds every ledger range against the rows that lie in it. Where they disagree the offsets are named: those that are in
 * neither table although the range has no room for markers, or those that are there more often than once.
 */
export async function checkCounts(
  session: Session,
  relations: RowRelations,
  ledger: readonly LedgerRow[],
): Promise<CheckReport> {
  const problems: Problem[] = [];
  const kinds = [
    ['raw', relations.raw, (row: LedgerRow) => row.rows],
    ['rejected', relations.rejected, (row: LedgerRow) => row.rejected],
  ] as const;
  for (const [kind, relation, expected] of kinds) {
    const counts = await countPerRange(session, relation);
    for (const row of ledger) {
      const found =
        counts.find(({ batch, partition }) => batch === row.batch && partition === row.partition)?.found ?? 0n;
      if (found === expected(row)) continue;
      const missing = found < expected(row) ? await missingOffsets(session, relations, row) : [];
      problems.push({
        partition: row.partition,
        message: `batch ${row.batch}, offsets ${row.fromOffset} to ${row.toOffset - 1n}: the ledger counts ${expected(row)} ${kind} rows, the table holds ${found}${
          missing.length > 0 && row.markers > 0n ? ` (${row.markers} of the offsets named are markers)` : ''
        }`,
        ...(missing.length > 0 ? { offsets: missing } : {}),
      });
    }
    problems.push(...(await strays(session, relation, kind)));
  }
  return check('counts agree', `rows of ${ledger.length} ranges counted in the raw and the rejected table`, problems);
}

/** (partition, offset) is the identity of an event: it may stand once, in one of the two tables. */
export async function checkDuplicates(
  session: Session,
  relations: RowRelations,
  partitions: readonly number[],
): Promise<CheckReport> {
  const problems: Problem[] = [];
  for (const partition of partitions) {
    // One partition at a time bounds the memory of the hash table.
    const doubled = await session.rows<{ offset: bigint; times: bigint }>(
      `select _offset as "offset", count(*) as times from (
         select _offset from ${relations.raw} where _partition = ${partition} union all select _offset from ${relations.rejected} where _partition = ${partition}
       ) group by _offset having count(*) > 1 order by _offset limit ${LISTED}`,
    );
    if (doubled.length > 0) {
      problems.push({
        partition,
        message: `${doubled.length === LISTED ? 'at least ' : ''}${doubled.length} offsets stand more often than once`,
        offsets: doubled.map(({ offset }) => String(offset)),
      });
    }
  }
  return check('no duplicates', `(partition, offset) of ${partitions.length} partitions grouped`, problems);
}

function countPerRange(session: Session, relation: string): Promise<readonly RangeCount[]> {
  return session.rows<RangeCount>(
    `select l.batch, l."partition", count(*) as found from ${relation} r asof join ledger l on r._partition = l."partition" and r._offset >= l.from_offset
     where r._offset < l.to_offset group by all`,
  );
}

async function missingOffsets(session: Session, relations: RowRelations, row: LedgerRow): Promise<readonly string[]> {
  const within = `_partition = ${row.partition} and _offset >= ${row.fromOffset} and _offset < ${row.toOffset}`;
  const offsets = await session.rows<{ offset: bigint }>(
    `select range as "offset" from range(${row.fromOffset}::bigint, ${row.toOffset}::bigint)
     where range not in (select _offset from ${relations.raw} where ${within} union all select _offset from ${relations.rejected} where ${within})
     order by 1 limit ${LISTED}`,
  );
  return offsets.map(({ offset }) => String(offset));
}

async function strays(session: Session, relation: string, kind: string): Promise<readonly Problem[]> {
  const found = await session.rows<{ partition: number; offset: bigint }>(
    `select r._partition as "partition", r._offset as "offset" from ${relation} r
     where not exists (select 1 from ledger l where l."partition" = r._partition and r._offset >= l.from_offset and r._offset < l.to_offset)
     order by all limit ${LISTED}`,
  );
  return [...new Set(found.map(({ partition }) => partition))].map((partition) => ({
    partition,
    message: `${kind} rows lie outside every range of the ledger`,
    offsets: found.filter((row) => row.partition === partition).map(({ offset }) => String(offset)),
  }));
}
