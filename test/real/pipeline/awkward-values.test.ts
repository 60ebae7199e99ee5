import { formatTableName, siblingTable } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const TIME = '2026-01-01T12:00:00.000Z';
const AT = Date.parse(TIME);
const good = (fields: string): string => `{"user_id":1,"timestamp":"${TIME}"${fields}}`;

/** What stands in the topic, in order, and where each must end: `row`, or the start of the reason of its rejection. */
const values: readonly (readonly [value: string | Buffer | null, end: 'row' | RegExp])[] = [
  [good(',"event_type":"first"'), 'row'],
  [null, /./],
  ['', /./],
  ['{}', /user_id/],
  ['[1,2]', /./],
  ['"text"', /./],
  ['7', /./],
  ['not json at all', /./],
  ['{"user_id":1,"timest', /./],
  [good(',"event_type":"after a cut one"'), 'row'],
  [`{\n  "user_id": 2,\r\n  "timestamp": "${TIME}"\n}`, 'row'],
  [Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(good(''))]), 'row'],
  [
    Buffer.concat([
      Buffer.from('{"user_id":3,"event_type":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`","timestamp":"${TIME}"}`),
    ]),
    /UTF-8/i,
  ],
  [`{"user_id":4,"user_id":5,"timestamp":"${TIME}"}`, 'row'],
  [good(',"_offset":99,"_partition":7,"$o":5'), 'row'],
  [`{"user_id":"7","timestamp":"${TIME}"}`, 'row'],
  [`{"user_id":1.5,"timestamp":"${TIME}"}`, /user_id/],
  [`{"user_id":true,"timestamp":"${TIME}"}`, /user_id/],
  [`{"user_id":9007199254740993,"timestamp":"${TIME}"}`, 'row'],
  [`{"user_id":9223372036854775808,"timestamp":"${TIME}"}`, /user_id/],
  [`{"user_id":1,"timestamp":"yesterday"}`, /./],
  [`{"user_id":1}`, /./],
  [good(`,"event_type":"${'x'.repeat(1_000_000)}"`), 'row'],
  [good(',"event_type":"last"'), 'row'],
];

describe('awkward values end in the raw table or, with their bytes, in the rejected one', () => {
  let house: Lakehouse;
  const rejectedTable = () => formatTableName(siblingTable(house.pipeline.table, 'rejected'));

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 1 });
    const worker = startWorkerProcess(house.config);
    await house.produce(
      values.map(([value], index) => ({ partition: 0, key: `key-${index}`, value, timestampMs: AT })),
    );
    await house.start();
    await house.untilPublished(values.length);
    await house.stop();
    await worker.stop();
  });
  afterAll(() => house.close());

  it('each where it belongs, none lost, none twice', async () => {
    const rows = await select<{ _offset: bigint }>(
      house,
      formatTableName(house.pipeline.table),
      'select _offset from rows order by 1',
    );
    const rejected = await select<{ _offset: bigint; reason: string; column_name: string | null }>(
      house,
      rejectedTable(),
      'select _offset, reason, column_name from rows order by 1',
    );
    expect(rows.map(({ _offset }) => Number(_offset))).toEqual(
      values.flatMap(([, end], index) => (end === 'row' ? [index] : [])),
    );
    expect(rejected.map(({ _offset }) => Number(_offset))).toEqual(
      values.flatMap(([, end], index) => (end === 'row' ? [] : [index])),
    );
    for (const { _offset, reason, column_name } of rejected)
      expect(`${column_name ?? ''} ${reason}`).toMatch(values[Number(_offset)]![1] as RegExp);
  });

  it('rejected rows keep key, text and exact bytes', async () => {
    const rejected = await select<{
      _offset: bigint;
      key: string;
      payload: string | null;
      payload_bytes: Buffer | null;
      _topic: string;
    }>(house, rejectedTable(), 'select _offset, _topic, "key", payload, payload_bytes from rows');
    for (const row of rejected) {
      const value = values[Number(row._offset)]![0];
      const bytes = value === null ? null : Buffer.from(value);
      expect(row).toMatchObject({ key: `key-${row._offset}`, _topic: house.pipeline.source.topic });
      expect(row.payload_bytes ?? (row.payload === null ? null : Buffer.from(row.payload))).toEqual(bytes);
    }
  });

  it('values are exact beyond 2^53, text that is a number is one, the first of two keys wins', async () => {
    const rows = await select<{ _offset: bigint; user_id: bigint; size: bigint }>(
      house,
      formatTableName(house.pipeline.table),
      `select _offset, user_id, length(event_type) as size from rows where _offset in (13, 15, 18, 22) order by 1`,
    );
    expect(rows.map(({ user_id }) => user_id)).toEqual([4n, 7n, 9007199254740993n, 1n]);
    expect(rows.at(-1)!.size).toBe(1_000_000n);
  });

  it('and the ledger counts both', async () => {
    const count = values.filter(([, end]) => end === 'row').length;
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report).toMatchObject({ ok: true, pipelines: [{ rows: count, rejected: values.length - count }] });
  });
});
