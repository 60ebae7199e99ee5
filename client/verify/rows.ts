import type { Session } from '../../engine/engine';
import type { DroppedRows } from '../../lake/retention/dropped-record';
import type { LedgerRow } from './ledger';
import { bitCount, maskOf, offsetsOf, WORD_OFFSETS } from './presence';
import { absentOffsets, doubledOffsets, presenceWords, surplusOffsets } from './presence';
import type { Presence, PresenceWord, RowRelations } from './presence';
import { check, LISTED } from './report';
import type { CheckReport, Problem } from './report';

export type { RowRelations } from './presence';

/**
 * Ranges of one partition whose rows are counted together: one range, or several that share offsets. They do after a log was cut or
 * a topic created again and a person accepted it: such an offset stands for another event each time it was read.
 */
export interface RangeGroup {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly toOffset: bigint;
  readonly ranges: readonly LedgerRow[];
}

/** What the tables hold of one group. */
export interface GroupCount {
  readonly group: RangeGroup;
  readonly raw: bigint;
  readonly rejected: bigint;
}

/** What retention has taken out of the two tables. */
export interface DroppedFrom {
  readonly raw?: DroppedRows | undefined;
  readonly rejected?: DroppedRows | undefined;
}

export interface RowFindings {
  readonly counts: readonly GroupCount[];
  /** Per partition words with an offset that stands more often than once and may not: the first 20. */
  readonly doubled: ReadonlyMap<number, readonly bigint[]>;
  /** Per table and partition offsets outside every range: the first 20. */
  readonly strays: { readonly raw: OffsetLists; readonly rejected: OffsetLists };
}

type OffsetLists = ReadonlyMap<number, readonly bigint[]>;

/**
 * Holds every ledger range against the rows that lie in it, and looks for (partition, offset) that stands more often than it was
 * read: it is the identity of an event. Where they disagree the offsets are named: those in neither table although the range has no
 * room for markers, or those that are there twice. Of a table that retention has dropped rows from, ranges may hold fewer rows than the
 * ledger counts, but all that are missing together must be exactly those that were dropped.
 */
export async function checkRows(
  session: Session,
  relations: RowRelations,
  ledger: readonly LedgerRow[],
  dropped: DroppedFrom = {},
): Promise<readonly CheckReport[]> {
  const findings = await judgeWords(ledger, presenceWords(session, relations));
  const ranges = ledger.filter(({ gap }) => !gap);
  return [
    check(
      'counts agree',
      [`rows of ${ranges.length} ranges counted in the raw and the rejected table`, ...droppedTexts(dropped)].join(
        '; ',
      ),
      await countProblems(session, relations, findings, dropped),
    ),
    check(
      'no duplicates',
      `(partition, offset) of ${new Set(ranges.map(({ partition }) => partition)).size} partitions grouped`,
      await duplicateProblems(session, relations, findings),
    ),
  ];
}

interface Tally {
  readonly group: RangeGroup;
  raw: bigint;
  rejected: bigint;
}

/** Walks the presence map along the ledger, both in order of partition and offset. Pure but for its source. */
export async function judgeWords(
  ledger: readonly LedgerRow[],
  words: AsyncIterable<PresenceWord> | Iterable<PresenceWord>,
): Promise<RowFindings> {
  const tallies = rangeGroups(ledger).map((group): Tally => ({ group, raw: 0n, rejected: 0n }));
  const byPartition = new Map<number, Tally[]>();
  for (const tally of tallies) {
    const list = byPartition.get(tally.group.partition);
    if (list) list.push(tally);
    else byPartition.set(tally.group.partition, [tally]);
  }
  const doubled = new Map<number, bigint[]>();
  const strays = { raw: new Map<number, bigint[]>(), rejected: new Map<number, bigint[]>() };
  let partition: number | undefined;
  let groups: readonly Tally[] = [];
  let first = 0;
  for await (const found of words) {
    if (found.partition !== partition) {
      partition = found.partition;
      groups = byPartition.get(partition) ?? [];
      first = 0;
    }
    const base = found.word * WORD_OFFSETS;
    while (first < groups.length && groups[first]!.group.toOffset <= base) first += 1;
    const within = groups.slice(first, firstBehind(groups, first, base + WORD_OFFSETS));
    for (const kind of ['raw', 'rejected'] as const) {
      if (found[kind].rows === 0n) continue;
      const outside = shareOut(within, kind, base, found[kind]);
      if (outside !== 0n) addCapped(strays[kind], found.partition, offsetsOf(base, outside));
    }
    if (isDoubled(found) && within.every(({ group }) => group.ranges.length === 1))
      addCapped(doubled, found.partition, [found.word]);
  }
  return { counts: tallies, doubled, strays };
}

/** By partition and offset; neighbours that share an offset are one group. */
export function rangeGroups(ledger: readonly LedgerRow[]): readonly RangeGroup[] {
  const sorted = ledger
    .filter(({ gap, fromOffset, toOffset }) => !gap && fromOffset < toOffset)
    .sort((a, b) => a.partition - b.partition || compare(a.fromOffset, b.fromOffset));
  const groups: RangeGroup[] = [];
  for (const row of sorted) {
    const last = groups.at(-1);
    if (last && last.partition === row.partition && row.fromOffset < last.toOffset) {
      const toOffset = row.toOffset > last.toOffset ? row.toOffset : last.toOffset;
      groups[groups.length - 1] = { ...last, toOffset, ranges: [...last.ranges, row] };
    } else {
      const { partition, fromOffset, toOffset } = row;
      groups.push({ partition, fromOffset, toOffset, ranges: [row] });
    }
  }
  return groups;
}

function firstBehind(tallies: readonly Tally[], from: number, end: bigint): number {
  let index = from;
  while (index < tallies.length && tallies[index]!.group.fromOffset < end) index += 1;
  return index;
}

/** Adds a word's rows to the groups that it lies in; gives the bits that lie in none. */
function shareOut(tallies: readonly Tally[], kind: 'raw' | 'rejected', base: bigint, { rows, bits }: Presence): bigint {
  let left = bits;
  let more = rows - bitCount(bits);
  for (const tally of tallies) {
    const own = left & maskOf(base, tally.group.fromOffset, tally.group.toOffset);
    if (own === 0n) continue;
    // Rows of an offset beyond its first count for the first group that has any of the word: whose they are, the duplicates will say.
    tally[kind] += bitCount(own) + more;
    more = 0n;
    left &= ~own;
  }
  return left;
}

function isDoubled({ raw, rejected }: PresenceWord): boolean {
  return (raw.bits & rejected.bits) !== 0n || raw.rows > bitCount(raw.bits) || rejected.rows > bitCount(rejected.bits);
}

function droppedTexts(dropped: DroppedFrom): readonly string[] {
  return (['raw', 'rejected'] as const).flatMap((kind) => {
    const from = dropped[kind];
    return from
      ? [
          `${from.rows} ${kind} rows before ${new Date(from.beforeMs).toISOString().replace('.000Z', 'Z')} were dropped by retention`,
        ]
      : [];
  });
}

async function countProblems(
  session: Session,
  relations: RowRelations,
  { counts, strays }: RowFindings,
  dropped: DroppedFrom,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  let searched = 0;
  for (const kind of ['raw', 'rejected'] as const) {
    let fewer = 0n;
    for (const { group, ...found } of counts) {
      const expected = total(group, (row) => (kind === 'raw' ? row.rows : row.rejected));
      if (found[kind] === expected) continue;
      if (dropped[kind] && found[kind] < expected) {
        fewer += expected - found[kind];
        continue;
      }
      // Each search reads the range again: where everything is wrong, the first few tell enough.
      const search = found[kind] < expected && searched < LISTED;
      if (search) searched += 1;
      const missing = search ? await absentOffsets(session, relations, group) : [];
      const markers = total(group, (row) => row.markers);
      problems.push({
        partition: group.partition,
        message: `batch ${group.ranges.map(({ batch }) => batch).join(' and ')}, offsets ${group.fromOffset} to ${group.toOffset - 1n}: the ledger counts ${expected} ${kind} rows, the table holds ${found[kind]}${
          missing.length > 0 && markers > 0n ? ` (${markers} of the offsets named are markers)` : ''
        }`,
        ...(missing.length > 0 ? { offsets: missing.map(String) } : {}),
      });
    }
    const gone = dropped[kind]?.rows ?? 0n;
    if (fewer !== gone && dropped[kind])
      problems.push({
        message: `the table holds ${fewer} ${kind} rows fewer than the ledger counts, retention dropped ${gone}`,
      });
    for (const [partition, offsets] of strays[kind]) {
      problems.push({
        partition,
        message: `${kind} rows lie outside every range of the ledger`,
        offsets: offsets.map(String),
      });
    }
  }
  return problems;
}

async function duplicateProblems(
  session: Session,
  relations: RowRelations,
  { counts, doubled }: RowFindings,
): Promise<readonly Problem[]> {
  const found: { partition: number; offsets: readonly bigint[] }[] = [];
  for (const [partition, words] of doubled)
    found.push({ partition, offsets: await doubledOffsets(session, relations, { partition, words }) });
  for (const { group } of counts) {
    if (group.ranges.length > 1)
      found.push({ partition: group.partition, offsets: await surplusOffsets(session, relations, group) });
  }
  return found
    .filter(({ offsets }) => offsets.length > 0)
    .map(({ partition, offsets }) => ({
      partition,
      message: `${offsets.length === LISTED ? 'at least ' : ''}${offsets.length} offsets stand more often than once`,
      offsets: offsets.map(String),
    }));
}

function total({ ranges }: RangeGroup, pick: (row: LedgerRow) => bigint): bigint {
  return ranges.reduce((sum, row) => sum + pick(row), 0n);
}

function addCapped(lists: Map<number, bigint[]>, partition: number, found: readonly bigint[]): void {
  const list = lists.get(partition) ?? [];
  lists.set(partition, list);
  for (const item of found) if (list.length < LISTED) list.push(item);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
