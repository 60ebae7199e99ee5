import { checkWatermark } from '../../../client/verify/watermark';
import type { Progress, WindowProgress } from '../../../lake/progress';
import type { WindowDefinition } from '../../../pipeline/model';
import { openTestEngine, type TestEngine } from '../../engine/support/session';

const at = (second: number): string => `make_timestamptz(${second}::bigint * 1000000)`;
/** Rows of batch and watermark second. */
const ledger = (...rows: readonly (readonly [number, number | null])[]): string =>
  `(select * from (values ${rows.map(([batch, second]) => `(${batch}::bigint, ${second === null ? 'null' : at(second)}::timestamptz)`).join(', ')}) t(batch, watermark))`;
const windowOf = (name: string, aliases: readonly string[] = []): WindowDefinition =>
  ({ table: { namespace: 'db', name }, streams: aliases.map((alias) => ({ alias })) }) as unknown as WindowDefinition;

describe('the watermark', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const problems = async (
    rows: string,
    standing: {
      readonly batch: number;
      readonly second?: number;
      readonly states?: Readonly<Record<string, WindowProgress>>;
    },
    windows: readonly WindowDefinition[] = [],
  ): Promise<readonly string[]> => {
    const { batch, second, states } = standing;
    const progress: Progress = {
      ...{ version: 1, topic: 't', topicId: 'i', clusterId: 'c', partitions: {} },
      batch: BigInt(batch),
      ...(second === undefined ? {} : { watermarkMs: second * 1000 }),
      ...(states && { windows: states }),
    };
    const report = await checkWatermark(test.session, { ledger: rows, progress, windows });
    return report.problems.map(({ message }) => message);
  };

  it('that goes back, or is several in one batch, is found', async () => {
    expect(await problems(ledger([1, null], [2, 5], [2, 5], [3, 5], [4, 9]), { batch: 4, second: 9 })).toEqual([]);
    expect(await problems(ledger([1, 5], [2, 4]), { batch: 2, second: 4 })).toEqual([
      expect.stringMatching(/^batch 2 has watermark .*04.*before it had .*05/),
    ]);
    expect(await problems(ledger([1, 5], [1, 6]), { batch: 1, second: 6 })).toEqual([
      expect.stringContaining('several watermarks'),
    ]);
  });

  it('of the progress record is where the last batch left it, or further after batches without offsets', async () => {
    expect(await problems(ledger([1, 5]), { batch: 3, second: 8 })).toEqual([]);
    expect(await problems(ledger([1, null]), { batch: 1 })).toEqual([]);
    expect(await problems(ledger([1, 5]), { batch: 1, second: 8 })).toEqual([
      'the progress record stands at watermark 1970-01-01T00:00:08.000Z, batch 1 of the ledger left 1970-01-01T00:00:05.000Z',
    ]);
    expect(await problems(ledger([1, 5]), { batch: 2 })).toEqual([
      'the progress record stands at watermark none, batch 1 of the ledger left 1970-01-01T00:00:05.000Z',
    ]);
  });

  it('bug: a window that was left behind it was computed up to its own, older watermark, and nobody missed the rest', async () => {
    const standing = { batch: 1, second: 20 };
    const judged = (state: WindowProgress, aliases: readonly string[] = []) =>
      problems(ledger([1, 20]), { ...standing, states: { 'db.w': state } }, [windowOf('w', aliases)]);
    expect(await judged({ watermarkMs: 20_000 })).toEqual([]);
    expect(await judged({ watermarkMs: 10_000 })).toEqual([
      'db.w was computed up to watermark 1970-01-01T00:00:10.000Z, the pipeline stands at 1970-01-01T00:00:20.000Z',
    ]);
    expect(await judged({ watermarkMs: 10_000 }, ['other'])).toEqual([]);
    expect(await judged({ watermarkMs: 30_000 }, ['other'])).toHaveLength(1);
    // Added since the last batch, or put back.
    expect(await problems(ledger([1, 20]), { ...standing, states: {} }, [windowOf('w')])).toEqual([]);
    expect(await judged({ watermarkMs: 10_000, left: { topicId: 'i', offsets: {} } })).toEqual([]);
  });
});
