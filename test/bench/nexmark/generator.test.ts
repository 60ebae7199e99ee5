import { createNexmark, type NexmarkMessage } from '../../../bench/nexmark/generator';
import type { NexmarkOptions } from '../../../bench/nexmark/options';

const startTimeMs = Date.UTC(2026, 0, 1);
const plain: NexmarkOptions = { seed: 7, count: 50_000, startTimeMs, rate: 1000 };

interface Bid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly dateTime: string;
  readonly extra: string;
}
interface Auction {
  readonly id: number;
  readonly seller: number;
  readonly category: number;
  readonly dateTime: string;
  readonly expires: string;
}

const parsed = <T>(messages: Iterable<NexmarkMessage>): T[] => [...messages].map(({ value }) => JSON.parse(value) as T);
const share = (all: readonly unknown[], some: readonly unknown[]): number => some.length / all.length;

describe('the Nexmark generator', () => {
  const generator = createNexmark(plain);
  const all = [...generator.messages()];
  const bids = parsed<Bid>(generator.messages('bid'));
  const auctions = parsed<Auction>(generator.messages('auction'));
  const persons = parsed<{ id: number; state: string }>(generator.messages('person'));

  test('makes 1 person, 3 auctions and 46 bids of each 50 events', () => {
    expect([persons.length, auctions.length, bids.length]).toEqual([1000, 3000, 46_000]);
  });

  test('equal options give equal messages, made in any order; another seed gives others', () => {
    const again = createNexmark(plain);
    const other = createNexmark({ ...plain, seed: 8 });
    const places = Array.from({ length: 500 }, (_, index) => 499 - index);
    for (const place of places) expect(again.message(place)).toEqual(all[place]);
    expect(places.filter((place) => other.message(place).value === all[place]!.value)).toEqual([]);
  });

  test('ids of persons and auctions count from 1000 without a gap', () => {
    expect(persons.map(({ id }) => id)).toEqual(persons.map((_, index) => 1000 + index));
    expect(auctions.map(({ id }) => id)).toEqual(auctions.map((_, index) => 1000 + index));
  });

  test('half of the bids go to hot auctions, three quarters come from hot bidders, three quarters of the auctions are of hot sellers', () => {
    const late = bids.slice(-20_000); // of the first hundred auctions and persons all are hot
    expect(
      share(
        late,
        late.filter(({ auction }) => (auction - 1000) % 100 === 0),
      ),
    ).toBeCloseTo(0.5, 1);
    expect(
      share(
        late,
        late.filter(({ bidder }) => (bidder - 1000) % 100 === 1),
      ),
    ).toBeCloseTo(0.75, 1);
    expect(
      share(
        auctions,
        auctions.filter(({ seller }) => (seller - 1000) % 100 === 0),
      ),
    ).toBeCloseTo(0.75, 1);
  });

  test('half of the bids come through four channels, the rest through ten thousand', () => {
    const hot = bids.filter(({ channel }) => ['Google', 'Facebook', 'Baidu', 'Apple'].includes(channel));
    expect(share(bids, hot)).toBeCloseTo(0.5, 1);
    expect(new Set(bids.map(({ channel }) => channel)).size).toBeGreaterThan(8000);
  });

  test('prices lie between 100 and 100,000,000, each power of ten as often', () => {
    const powers = [2, 3, 4, 5, 6, 7].map((power) =>
      bids.filter(({ price }) => Math.floor(Math.log10(price)) === power),
    );
    for (const some of powers) expect(share(bids, some)).toBeCloseTo(1 / 6, 1);
    expect(powers.flat().length).toBeGreaterThanOrEqual(bids.length - 1);
  });

  test('five categories, six states, auctions that end after they begin', () => {
    expect(new Set(auctions.map(({ category }) => category))).toEqual(new Set([10, 11, 12, 13, 14]));
    expect(new Set(persons.map(({ state }) => state)).size).toBe(6);
    expect(auctions.filter(({ dateTime, expires }) => Date.parse(expires) <= Date.parse(dateTime))).toEqual([]);
  });

  test('messages arrive in order; 1 of 10 events happened up to 3 s before', () => {
    const behind = all.map(({ value, timestampMs }) => timestampMs - Date.parse((JSON.parse(value) as Bid).dateTime));
    expect(all.filter(({ timestampMs }, index) => timestampMs !== startTimeMs + index)).toEqual([]);
    expect(behind.filter((ms) => ms < 0 || ms > 3000)).toEqual([]);
    expect(
      share(
        behind,
        behind.filter((ms) => ms > 0),
      ),
    ).toBeCloseTo(0.1, 2);
    expect(Math.max(...behind)).toBeGreaterThan(2900);
  });

  test('groups shuffle their events and lose none', () => {
    const shuffled = [...createNexmark({ ...plain, count: 1030, outOfOrderGroupSize: 100 }).messages()];
    const ordered = all.slice(0, 1030);
    const values = (messages: readonly NexmarkMessage[]): string[] => messages.map(({ value }) => value);
    expect(values(shuffled)).not.toEqual(values(ordered));
    for (let group = 0; group < 1030; group += 100)
      expect(values(shuffled.slice(group, group + 100)).sort()).toEqual(
        values(ordered.slice(group, group + 100)).sort(),
      );
  });

  test('spreads over the partitions, keyed by id', () => {
    for (const partition of [0, 1, 2, 3])
      expect(
        share(
          all,
          all.filter((message) => message.partition === partition),
        ),
      ).toBeCloseTo(0.25, 1);
    expect(bids.map(({ auction }) => String(auction))).toEqual([...generator.messages('bid')].map(({ key }) => key));
  });

  test.each([
    [{ rate: 0 }, 'rate: expected events per second above 0, found 0'],
    [{ partitions: 0 }, 'partitions: expected a whole number from 1, found 0'],
    [{ delayedShare: 2 }, 'delayedShare: expected a share from 0 to 1, found 2'],
    [{ outOfOrderGroupSize: 953 }, 'outOfOrderGroupSize: expected no multiple of 953'],
  ])('refuses %p', (wrong, message) => {
    expect(() => createNexmark({ ...plain, ...wrong })).toThrow(message);
  });
});
