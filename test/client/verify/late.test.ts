import { checkLate } from '../../../client/verify/late';
import type { LedgerRow } from '../../../client/verify/ledger';
import { openTestEngine, type TestEngine } from '../../engine/support/session';

const ledgerRow = (partition: number, late: bigint): LedgerRow => ({
  batch: 2n,
  topicId: 't',
  partition,
  fromOffset: 0n,
  toOffset: 10n,
  records: 10n,
  rows: 10n,
  rejected: 0n,
  markers: 0n,
  late,
});

/** Windows of ten seconds; the watermark stands at second 25 when the rows come. */
const lateRow = (offset: number, second: number, windowEnd = 10, watermark = 25): string =>
  `(0, ${offset}::bigint, ${at(second)}, ${at(second)}, ${at(windowEnd - 10)}, ${at(windowEnd)}, ${at(watermark)})`;
const at = (second: number): string => `make_timestamptz(${second}::bigint * 1000000)`;
const late = (...rows: readonly string[]): string =>
  `(select * from (values ${rows.join(', ')}) t(_partition, _offset, _timestamp, event_time, window_start, window_end, watermark))`;
const raw = `(select 0 as _partition, i as _offset, make_timestamptz(i * 1000000) as _timestamp, make_timestamptz(i * 1000000) as event_time from range(10) t(i))`;

describe('late rows', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const messages = async (
    rows: string,
    counted: bigint,
    droppedBeforeMs?: number,
    from = raw,
    dropped: readonly string[] = [],
  ): Promise<readonly string[]> => {
    const report = await checkLate(test.session, {
      raw: from,
      tables: [{ name: 'db.w__late', rows }],
      dropped,
      ledger: [ledgerRow(0, counted), ledgerRow(1, 0n)],
      droppedBeforeMs,
    });
    return report.problems.map(({ message }) => message);
  };

  it('that are raw rows, listed once, behind the watermark, are right', async () => {
    expect(await messages(late(lateRow(3, 3), lateRow(5, 5)), 2n)).toEqual([]);
  });

  it('bug: of a topic that was put back from a copy stand twice where its raw rows do', async () => {
    const twice = `(select * from ${raw} union all select * from ${raw})`;
    expect(await messages(late(lateRow(3, 3), lateRow(3, 3)), 2n, undefined, twice)).toEqual([]);
  });

  it('are counted by partition', async () => {
    expect(await messages(late(lateRow(3, 3)), 2n)).toEqual([
      'partition 0: the ledger counts 2 late rows, the late tables hold 1',
    ]);
  });

  it('bug: rows that were not late at all are found, although the counts agree', async () => {
    expect(await messages(late(lateRow(3, 3, 10, 9), lateRow(5, 5, 10, 8)), 2n)).toEqual([
      'db.w__late: late row 0/3 and 1 others was not late: its window was open to the watermark',
    ]);
  });

  it('that stand twice, are no raw rows, or lie outside of their window are named', async () => {
    expect(await messages(late(lateRow(3, 3), lateRow(3, 3)), 2n)).toEqual([
      'db.w__late: late row 0/3 stands there more often than it is a raw row',
    ]);
    expect(await messages(late(lateRow(77, 7)), 1n)).toEqual(['db.w__late: late row 0/77 is no raw row']);
    expect(await messages(late(lateRow(3, 3, 20)), 1n)).toEqual([
      'db.w__late: late row 0/3 lies in none of the windows it names',
    ]);
  });

  it('of rows that retention dropped need not be raw rows any more', async () => {
    expect(await messages(late(lateRow(77, 7)), 1n, 8_000)).toEqual([]);
    expect(await messages(late(lateRow(77, 7)), 1n, 7_000)).toHaveLength(1);
  });

  it('bug: those of a window that was taken away and whose table was dropped failed verify for ever', async () => {
    const gone = ['db.gone__late'];
    expect(await messages(late(lateRow(3, 3)), 2n, undefined, raw, gone)).toEqual([]);
    expect(await messages(late(lateRow(3, 3), lateRow(5, 5)), 1n, undefined, raw, gone)).toEqual([
      'partition 0: the ledger counts 1 late rows, the late tables hold 2',
    ]);
    const report = await checkLate(test.session, {
      ...{ raw, tables: [], dropped: gone, droppedBeforeMs: undefined },
      ledger: [ledgerRow(0, 3n)],
    });
    expect(report.detail).toBe(
      '0 of 3 late rows of the ledger found in 0 late tables, the others are taken to have been listed in db.gone__late, which was dropped',
    );
  });
});
