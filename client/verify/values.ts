import type { Session } from '../../engine/engine';
import type { TableMetadata } from '../../lake/iceberg/types';
import type { LedgerRow } from './ledger';
import { check, LISTED } from './report';
import type { CheckReport } from './report';
import { rangeGroups } from './rows';
import type { RangeGroup } from './rows';
import type { ValueColumns } from './value-columns';

export interface ValuesInput {
  /** SQL relation in parentheses. */
  readonly raw: string;
  readonly metadata: Pick<TableMetadata, 'snapshots'>;
  readonly columns: ValueColumns;
  readonly ledger: readonly LedgerRow[];
  /** Retention has dropped raw rows. */
  readonly dropped: boolean;
}

interface Sum {
  readonly rows: bigint;
  readonly hash: bigint;
}

const WHOLE_HASH = /^[0-9a-f]{16}$/;

/**
 * Hashes the raw rows again and holds the sums against the `content_hash` that the ledger took when they were read from Kafka. A hash is
 * over partition, offset, timestamp and all columns, and sums do not depend on order or files: compaction leaves them as they are, and
 * ranges that share offsets (two topics of one name, a log that was cut) are compared by the sum of both, so that a row of one cannot
 * stand in for a row of the other. Ranges that cannot be compared are counted, with the reason.
 */
export async function checkValues(session: Session, input: ValuesInput): Promise<CheckReport> {
  const groups = rangeGroups(input.ledger);
  const known = groups.filter(({ ranges }) => ranges.every(({ contentHash }) => WHOLE_HASH.test(contentHash ?? '')));
  const unequal = new Set(known);
  const sums = new Map<RangeGroup, Sum>();
  for (const hash of input.columns.hashes) {
    if (unequal.size === 0) break;
    const open = [...unequal];
    const found = await groupSums(session, { raw: input.raw, hash, groups: open });
    open.forEach((group, index) => {
      const sum = found.get(index) ?? { rows: 0n, hash: 0n };
      sums.set(group, sum);
      if (sum.rows === expectedRows(group) && sum.hash === expectedHash(group)) unequal.delete(group);
    });
  }
  const skipped = { dropped: 0, lost: 0, mixed: 0, unknown: groups.length - known.length };
  const wrong: RangeGroup[] = [];
  for (const group of unequal) {
    const { rows } = sums.get(group)!;
    // A wrong count has its own check, which names the offsets.
    if (rows < expectedRows(group) && input.dropped) skipped.dropped += 1;
    else if (rows !== expectedRows(group)) wrong.push(group);
    else if (mayBeOfLostSchema(group, input)) skipped.lost += 1;
    else if (group.ranges.length > 1 && input.columns.hashes.length > 1) skipped.mixed += 1;
    else wrong.push(group);
  }
  const equal = known.length - unequal.size;
  const problems = wrong.slice(0, LISTED).map((group) => ({
    partition: group.partition,
    message: `batch ${group.ranges.map(({ batch }) => batch).join(' and ')}, offsets ${group.fromOffset} to ${group.toOffset - 1n}: the raw rows are not those that were read from Kafka: ${
      sums.get(group)!.rows === expectedRows(group)
        ? 'values were changed, or one row stands for another'
        : 'their number differs'
    }`,
  }));
  const more = wrong.length - problems.length;
  return check(
    'values as read',
    [
      `all columns of ${equal} of ${groups.length} stretches of offsets hash to what was read from Kafka`,
      ...skippedTexts(skipped),
    ].join('; '),
    more > 0 ? [...problems, { message: `and ${more} more of this kind` }] : problems,
  );
}

function skippedTexts(skipped: Readonly<Record<'dropped' | 'lost' | 'mixed' | 'unknown', number>>): readonly string[] {
  const texts = {
    dropped: 'retention dropped rows of theirs',
    lost: 'a column that they were read by was dropped, or its nested fields changed',
    mixed: 'ranges share their offsets and were read by different columns',
    unknown: 'their ledger rows hold no hash of a known form',
  };
  return (Object.keys(texts) as (keyof typeof texts)[])
    .filter((reason) => skipped[reason] > 0)
    .map((reason) => `${skipped[reason]} not compared: ${texts[reason]}`);
}

/** Sums of row hashes modulo 2^64, by the group's place in the list, in one scan. */
async function groupSums(
  session: Session,
  { raw, hash, groups }: { readonly raw: string; readonly hash: string; readonly groups: readonly RangeGroup[] },
): Promise<ReadonlyMap<number, Sum>> {
  await session.run('create or replace temp table value_groups (n integer, p integer, f bigint, t bigint)');
  for (let from = 0; from < groups.length; from += 5000) {
    const values = groups
      .slice(from, from + 5000)
      .map(
        ({ partition, fromOffset, toOffset }, index) => `(${from + index}, ${partition}, ${fromOffset}, ${toOffset})`,
      );
    await session.run(`insert into value_groups values ${values.join(', ')}`);
  }
  // Rows are added up by blocks of 64 offsets first, and one by one only in blocks that a range begins or ends in: joining every row with
  // its range would sort them all.
  await session.run(
    `create or replace temp table value_cuts as
     select distinct p, w from (select p, f >> 6 as w from value_groups where f & 63 <> 0 union all select p, t >> 6 from value_groups where t & 63 <> 0)`,
  );
  const rows = await session.rows<{ n: number; rows: bigint; hash: string }>(
    `with hashed as (select _partition as p, _offset as o, ${hash} as h from ${raw}),
     blocks as (
       select h.p as p, case when c.p is null then h.o & ~63::bigint else h.o end as o, count(*) as n, sum(h.h) as h
       from hashed h left join value_cuts c on c.p = h.p and c.w = h.o >> 6 group by 1, 2)
     select g.n as n, sum(b.n)::bigint as rows, sum(b.h)::varchar as hash
     from blocks b asof join value_groups g on b.p = g.p and b.o >= g.f where b.o < g.t group by g.n`,
  );
  return new Map(
    rows.map(({ n, rows: count, hash: sum }) => [n, { rows: BigInt(count), hash: BigInt.asUintN(64, BigInt(sum)) }]),
  );
}

const expectedRows = ({ ranges }: RangeGroup): bigint => ranges.reduce((sum, { rows }) => sum + rows, 0n);
const expectedHash = ({ ranges }: RangeGroup): bigint =>
  BigInt.asUintN(
    64,
    ranges.reduce((sum, { contentHash }) => sum + BigInt(`0x${contentHash}`), 0n),
  );

/** True unless a snapshot of its own or an earlier batch shows that the table had left the schema behind. */
function mayBeOfLostSchema({ ranges }: RangeGroup, { metadata, columns }: ValuesInput): boolean {
  const { lostSchema } = columns;
  if (lostSchema === undefined) return false;
  const first = ranges.reduce((least, { batch }) => (batch < least ? batch : least), ranges[0]!.batch);
  return !metadata.snapshots.some(({ summary, ...snapshot }) => {
    const batch = (summary as Readonly<Record<string, string>>)['sluice.batch'];
    return batch !== undefined && BigInt(batch) <= first && (snapshot['schema-id'] ?? -1) > lostSchema;
  });
}
