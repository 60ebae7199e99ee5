import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LedgerRow } from '../../../client/verify/ledger';
import { checkRows, rangeGroups } from '../../../client/verify/rows';
import { openEngine } from '../../../engine/engine';
import type { Engine, Session } from '../../../engine/engine';
import { seeded } from '../../real/support/events';

type Place = readonly [partition: number, offset: number];

const range = (
  batch: number,
  partition: number,
  from: number,
  to: number,
  counts: Partial<LedgerRow> = {},
): LedgerRow => ({
  batch: BigInt(batch),
  topicId: 't',
  partition,
  fromOffset: BigInt(from),
  toOffset: BigInt(to),
  records: BigInt(to - from),
  rows: BigInt(to - from),
  rejected: 0n,
  markers: 0n,
  late: 0n,
  ...counts,
});

let directory: string;
let engine: Engine;
let session: Session;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-rows-'));
  engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
  session = await engine.session();
});
afterAll(async () => {
  session.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const relation = (places: readonly Place[]): string =>
  places.length === 0
    ? '(select 0::integer as _partition, 0::bigint as _offset where false)'
    : `(select p::integer as _partition, o::bigint as _offset from (values ${places.map(([p, o]) => `(${p}, ${o})`).join(', ')}) as t(p, o))`;

const places = (partition: number, from: number, to: number): readonly Place[] =>
  Array.from({ length: to - from }, (_, index): Place => [partition, from + index]);

async function problems(ledger: readonly LedgerRow[], raw: readonly Place[], rejected: readonly Place[] = []) {
  const reports = await checkRows(session, { raw: relation(raw), rejected: relation(rejected) }, ledger);
  return Object.fromEntries(
    reports.map(({ name, problems: found }) => [
      name,
      found.map(({ partition, offsets, message }) => ({ partition, offsets: offsets?.join(' '), message })),
    ]),
  );
}
const fine = { 'counts agree': [], 'no duplicates': [] };

describe('rows against the ledger', () => {
  it('finds nothing where every offset of every range is there once', async () => {
    const ledger = [range(1, 0, 0, 100), range(2, 0, 100, 131), range(1, 3, 7, 64, { rows: 56n, rejected: 1n })];
    const raw = [...places(0, 0, 131), ...places(3, 7, 20), ...places(3, 21, 64)];
    expect(await problems(ledger, raw, [[3, 20]])).toEqual(fine);
  });

  it('names the partition and offset of a row that is missing', async () => {
    const raw = places(1, 0, 300).filter(([, offset]) => offset !== 170);
    expect(await problems([range(1, 1, 0, 128), range(2, 1, 128, 300)], raw)).toEqual({
      ...fine,
      'counts agree': [
        {
          partition: 1,
          offsets: '170',
          message: 'batch 2, offsets 128 to 299: the ledger counts 172 raw rows, the table holds 171',
        },
      ],
    });
  });

  it('names the partition and offset of a row that is there twice', async () => {
    const found = await problems([range(1, 0, 0, 300)], [...places(0, 0, 300), [0, 65], [0, 65]]);
    expect(found['no duplicates']).toEqual([
      { partition: 0, offsets: '65', message: '1 offsets stand more often than once' },
    ]);
    expect(found['counts agree']).toHaveLength(1);
  });

  it('finds an offset that is a row of both tables', async () => {
    const found = await problems([range(1, 0, 0, 10, { rows: 9n, rejected: 1n })], places(0, 0, 9), [[0, 4]]);
    expect(found['no duplicates']).toEqual([expect.objectContaining({ partition: 0, offsets: '4' })]);
  });

  it('names rows outside every range, between two and in a partition without any', async () => {
    const ledger = [range(1, 0, 0, 70), range(2, 0, 80, 90)];
    const found = await problems(ledger, [...places(0, 0, 70), ...places(0, 80, 90), [0, 75], [0, 1000], [5, 3]]);
    expect(found).toEqual({
      ...fine,
      'counts agree': [
        { partition: 0, offsets: '75 1000', message: 'raw rows lie outside every range of the ledger' },
        { partition: 5, offsets: '3', message: 'raw rows lie outside every range of the ledger' },
      ],
    });
  });

  it('lets an offset stand as often as it was read after a gap that a person accepted', async () => {
    const gap = range(2, 0, 100, 40, { gap: 'OFFSETS_RESET', rows: 0n, records: 0n });
    const ledger = [range(1, 0, 0, 100), gap, range(2, 0, 40, 120)];
    const raw = [...places(0, 0, 100), ...places(0, 40, 120)];
    expect(await problems(ledger, raw)).toEqual(fine);
    const found = await problems(ledger, [...raw, [0, 50], [0, 10]]);
    expect(found['no duplicates']).toEqual([expect.objectContaining({ partition: 0, offsets: '10 50' })]);
    expect(found['counts agree']).toHaveLength(1);
  });

  it('agrees with counting each offset by itself, whatever is missing, doubled or astray', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = seeded(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      const ledger: LedgerRow[] = [];
      const raw: Place[] = [];
      const [missing, doubled, astray] = [new Set<string>(), new Set<string>(), new Set<string>()];
      for (let partition = 0; partition < 2; partition += 1) {
        let from = below(200);
        for (let batch = 1; batch <= 1 + below(5); batch += 1) {
          const to = from + 1 + below(150);
          ledger.push(range(batch, partition, from, to));
          for (const place of places(partition, from, to)) {
            const draw = random();
            if (draw < 0.003) missing.add(place.join(' '));
            else raw.push(place);
            if (draw > 0.998) {
              doubled.add(place.join(' '));
              raw.push(place);
            }
          }
          from = to + (random() < 0.3 ? below(100) : 0);
        }
        if (random() < 0.3) {
          astray.add(`${partition} ${from + 5}`);
          raw.push([partition, from + 5]);
        }
      }
      const found = await problems(ledger, raw);
      const named = (list: readonly { partition: number | undefined; offsets: string | undefined }[]): string[] =>
        list.flatMap(({ partition, offsets }) => (offsets?.split(' ') ?? []).map((offset) => `${partition} ${offset}`));
      const outside = found['counts agree']!.filter(({ message }) => message.includes('outside'));
      const counted = found['counts agree']!.filter(({ message }) => !message.includes('outside'));
      expect([seed, named(found['no duplicates']!)]).toEqual([seed, [...doubled]]);
      expect([seed, named(outside)]).toEqual([seed, [...astray]]);
      // A range that misses one row and has another twice counts right: then only the second is named.
      for (const place of named(counted)) expect([seed, [...missing]]).toEqual([seed, expect.arrayContaining([place])]);
      if (missing.size > 0 && doubled.size === 0) expect([seed, named(counted)]).toEqual([seed, [...missing]]);
    }
  });
});

describe('groups of ranges', () => {
  it('join ranges that share an offset, and no others', () => {
    const groups = rangeGroups([range(3, 0, 40, 60), range(1, 0, 0, 50), range(4, 0, 60, 70), range(1, 1, 0, 50)]);
    expect(
      groups.map(({ partition, fromOffset, toOffset, ranges }) => [partition, fromOffset, toOffset, ranges.length]),
    ).toEqual([
      [0, 0n, 60n, 2],
      [0, 60n, 70n, 1],
      [1, 0n, 50n, 1],
    ]);
  });
});
