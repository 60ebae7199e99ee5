import type { Session } from '../../engine/engine';
import { LISTED } from './report';

/** SQL relations in parentheses, with `_partition` and `_offset`. */
export interface RowRelations {
  readonly raw: string;
  readonly rejected: string;
}

/** Offsets in one word of the map. */
export const WORD_OFFSETS = 64n;

/** Which of the 64 offsets from `word` * 64 stand in the two tables, and in how many rows. */
export interface PresenceWord {
  readonly partition: number;
  readonly word: bigint;
  readonly raw: Presence;
  readonly rejected: Presence;
}

export interface Presence {
  readonly rows: bigint;
  /** Bit i: offset word * 64 + i is there. More rows than bits: one of them is there more often than once. */
  readonly bits: bigint;
}

/** Offsets [from, to). */
export interface OffsetSpan {
  readonly fromOffset: bigint;
  readonly toOffset: bigint;
}

interface WordRow {
  readonly partition: number;
  readonly word: bigint;
  readonly rawRows: bigint;
  readonly rawBits: bigint;
  readonly rejectedRows: bigint;
  readonly rejectedBits: bigint;
}

/**
 * One scan of both tables' offsets as a bitmap, in order of partition and offset: 64 offsets a row, so that ten million of them are
 * grouped in a few megabytes, where grouping by the offset itself would take a hash table of all of them.
 */
export async function* presenceWords(
  session: Session,
  { raw, rejected }: RowRelations,
): AsyncGenerator<PresenceWord, void, undefined> {
  const words = (relation: string): string =>
    `select _partition as p, _offset >> 6 as w, count(*) as n, bit_or(1::ubigint << (_offset & 63)::ubigint) as bits from ${relation} group by all`;
  const sql = `with raw as (${words(raw)}), rejected as (${words(rejected)})
    select coalesce(raw.p, rejected.p) as "partition", coalesce(raw.w, rejected.w) as word,
      coalesce(raw.n, 0) as "rawRows", coalesce(raw.bits, 0) as "rawBits", coalesce(rejected.n, 0) as "rejectedRows", coalesce(rejected.bits, 0) as "rejectedBits"
    from raw full join rejected on raw.p = rejected.p and raw.w = rejected.w order by 1, 2`;
  for await (const rows of session.batches<WordRow>(sql)) {
    for (const row of rows) {
      yield {
        partition: row.partition,
        word: row.word,
        raw: { rows: BigInt(row.rawRows), bits: BigInt(row.rawBits) },
        rejected: { rows: BigInt(row.rejectedRows), bits: BigInt(row.rejectedBits) },
      };
    }
  }
}

/** Offsets of some words that stand more often than once in the two tables together: the first 20. */
export async function doubledOffsets(
  session: Session,
  { raw, rejected }: RowRelations,
  { partition, words }: { readonly partition: number; readonly words: readonly bigint[] },
): Promise<readonly bigint[]> {
  const within = `_partition = ${partition} and _offset >> 6 in (${words.join(', ')})`;
  const rows = await session.rows<{ offset: bigint }>(
    `select _offset as "offset" from (select _offset from ${raw} where ${within} union all select _offset from ${rejected} where ${within})
     group by _offset having count(*) > 1 order by _offset limit ${LISTED}`,
  );
  return rows.map(({ offset }) => offset);
}

/** Offsets of a partition that stand in more rows than ranges of the ledger hold them: the first 20. */
export async function surplusOffsets(
  session: Session,
  { raw, rejected }: RowRelations,
  { partition, ranges }: { readonly partition: number; readonly ranges: readonly OffsetSpan[] },
): Promise<readonly bigint[]> {
  const from = ranges.reduce(
    (least, { fromOffset }) => (fromOffset < least ? fromOffset : least),
    ranges[0]!.fromOffset,
  );
  const to = ranges.reduce((most, { toOffset }) => (toOffset > most ? toOffset : most), ranges[0]!.toOffset);
  const within = `_partition = ${partition} and _offset >= ${from} and _offset < ${to}`;
  const spans = ranges.map(({ fromOffset, toOffset }) => `(${fromOffset}, ${toOffset})`).join(', ');
  const rows = await session.rows<{ offset: bigint }>(
    `select _offset as "offset" from (
       select _offset, count(*) as times from (select _offset from ${raw} where ${within} union all select _offset from ${rejected} where ${within}) group by _offset having count(*) > 1
     ) found where times > (select count(*) from (values ${spans}) as spans(f, t) where f <= found._offset and found._offset < t) order by _offset limit ${LISTED}`,
  );
  return rows.map(({ offset }) => offset);
}

/** Offsets of [from, to) that stand in neither table: the first 20. */
export async function absentOffsets(
  session: Session,
  { raw, rejected }: RowRelations,
  range: OffsetSpan & { readonly partition: number },
): Promise<readonly bigint[]> {
  const within = `_partition = ${range.partition} and _offset >= ${range.fromOffset} and _offset < ${range.toOffset}`;
  const rows = await session.rows<{ offset: bigint }>(
    `select range as "offset" from range(${range.fromOffset}::bigint, ${range.toOffset}::bigint)
     where range not in (select _offset from ${raw} where ${within} union all select _offset from ${rejected} where ${within})
     order by 1 limit ${LISTED}`,
  );
  return rows.map(({ offset }) => offset);
}

/** Bits of [from, to) in the word that begins at offset `base`. */
export function maskOf(base: bigint, from: bigint, to: bigint): bigint {
  const first = from > base ? from - base : 0n;
  const end = to < base + WORD_OFFSETS ? to - base : WORD_OFFSETS;
  return end <= first ? 0n : ((1n << (end - first)) - 1n) << first;
}

export function bitCount(bits: bigint): bigint {
  return BigInt(halfCount(Number(bits & 0xffffffffn)) + halfCount(Number(bits >> 32n)));
}

/** The offsets of the set bits, ascending. */
export function offsetsOf(base: bigint, bits: bigint): readonly bigint[] {
  const offsets: bigint[] = [];
  for (let bit = 0n; bit < WORD_OFFSETS; bit += 1n) if ((bits >> bit) & 1n) offsets.push(base + bit);
  return offsets;
}

/** Set bits of 32, by adding neighbours in ever wider groups. */
function halfCount(half: number): number {
  let sum = half - ((half >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
