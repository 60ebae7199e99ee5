import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { produceLogged } from '../../../bench/equality/produce-logged';
import { createNexmark } from '../../../bench/nexmark/generator';
import { oracleOf, type NexmarkQuery } from '../../../bench/nexmark/queries';
import { openEngine, type Engine } from '../../../engine/engine';

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly t: number;
}

const MIDNIGHT = Date.UTC(2026, 0, 2);
const RATE = 20;

/** The oracles of hopping and session windows are long: held against loops over the same events. */
describe('oracles of hopping and session windows', () => {
  const generator = createNexmark({ seed: 3, count: 3000, startTimeMs: MIDNIGHT - 70_000, rate: RATE, partitions: 2 });
  const bids = [...generator.messages('bid')].map(({ value }): Bid => {
    const { auction, bidder, dateTime } = JSON.parse(value) as { auction: number; bidder: number; dateTime: string };
    return { auction, bidder, t: Date.parse(dateTime) };
  });
  const watermarkMs = MIDNIGHT + 50_777;
  let directory: string;
  let engine: Engine;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-nexmark-'));
    engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
    const sink = { send: async () => undefined, logPath: path.join(directory, 'bids.ndjson') };
    await produceLogged({ ...sink, messages: generator.messages('bid'), offsets: new Map() });
  });
  afterAll(async () => {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function rowsOf(query: NexmarkQuery, columns: string): Promise<readonly string[]> {
    const { expected, relations } = oracleOf({
      query,
      logs: { bid: path.join(directory, 'bids.ndjson') },
      watermarkMs,
    });
    const ctes = Object.entries(relations).map(([name, sql]) => `${name} as (from ${sql})`);
    const session = await engine.session();
    try {
      const sql = `with ${ctes.join(', ')}, found(${columns}) as (${expected}) select to_json(list_value(a, b, epoch_ms(s), epoch_ms(e)))::varchar as line from found`;
      return (await session.rows<{ line: string }>(sql)).map(({ line }) => line).sort();
    } finally {
      session.close();
    }
  }

  test('q5: the auctions with the most bids of each window of 10 s every 2 s', async () => {
    const found: string[] = [];
    for (let start = MIDNIGHT - 200_000; start + 10_000 - 1 <= watermarkMs; start += 2000) {
      const counts = new Map<number, number>();
      for (const { auction, t } of bids)
        if (t >= start && t < start + 10_000) counts.set(auction, (counts.get(auction) ?? 0) + 1);
      const most = Math.max(...counts.values());
      for (const [auction, num] of counts)
        if (num === most) found.push(JSON.stringify([auction, num, start, start + 10_000]));
    }
    expect(found.length).toBeGreaterThan(40);
    expect(await rowsOf('q5', 'a, b, s, e')).toEqual(found.sort());
  });

  test('q11: bids of a bidder until none comes for 10 s, cut at midnight', async () => {
    const found: string[] = [];
    let cut = 0;
    for (const bidder of new Set(bids.map((bid) => bid.bidder))) {
      const times = bids.flatMap((bid) => (bid.bidder === bidder ? [bid.t] : [])).sort((a, b) => a - b);
      let from = 0;
      for (let at = 0; at < times.length; at++) {
        const [last, next] = [times[at]!, times[at + 1]];
        const dayEnd = (Math.floor(last / 86_400_000) + 1) * 86_400_000;
        if (next !== undefined && next <= last + 10_000 && next < dayEnd) continue;
        const end = Math.min(last + 10_000, dayEnd);
        if (end < last + 10_000) cut += 1;
        if (end - 1 <= watermarkMs) found.push(JSON.stringify([bidder, at + 1 - from, times[from], end]));
        from = at + 1;
      }
    }
    expect(cut).toBeGreaterThan(5);
    expect(found.length).toBeGreaterThan(100);
    expect(await rowsOf('q11', 'a, b, s, e')).toEqual(found.sort());
  });
});
