import { createYsb } from '../../../bench/ysb/generator';
import type { YsbOptions } from '../../../bench/ysb/options';

const startTimeMs = Date.UTC(2026, 0, 1);
const plain: YsbOptions = { seed: 5, count: 60_000, startTimeMs };

type Event = Readonly<Record<'user_id' | 'page_id' | 'ad_id' | 'ad_type' | 'event_type' | 'event_time', string>>;

describe("the Yahoo Streaming Benchmark's generator", () => {
  const generator = createYsb(plain);
  const all = [...generator.events()];
  const events = all.map(({ value }) => JSON.parse(value) as Event);
  const ads = generator.ads().map(({ value }) => JSON.parse(value) as { ad_id: string; campaign_id: string });
  const counts = (column: keyof Event): readonly number[] => {
    const found = new Map<string, number>();
    for (const event of events) found.set(event[column], (found.get(event[column]) ?? 0) + 1);
    return [...found.values()];
  };

  test('100 campaigns of 10 ads, no ad twice', () => {
    const campaigns = new Map<string, number>();
    for (const { campaign_id: id } of ads) campaigns.set(id, (campaigns.get(id) ?? 0) + 1);
    expect([...campaigns.values()]).toEqual(Array.from({ length: 100 }, () => 10));
    expect(new Set(ads.map(({ ad_id: id }) => id)).size).toBe(1000);
  });

  test('ads, ad types, event types, users and pages are drawn evenly, ads of the table only', () => {
    const expected = { ad_id: 1000, ad_type: 5, event_type: 3, user_id: 100, page_id: 100 } as const;
    for (const [column, values] of Object.entries(expected) as [keyof typeof expected, number][]) {
      const found = counts(column);
      const mean = events.length / values;
      expect(found.length).toBe(values);
      expect(found.filter((count) => Math.abs(count - mean) > 6 * Math.sqrt(mean))).toEqual([]);
    }
    const known = new Set(ads.map(({ ad_id: id }) => id));
    expect(events.filter(({ ad_id: id }) => !known.has(id))).toEqual([]);
  });

  test('equal options give equal events, made in any order; another seed gives others', () => {
    const [again, other] = [createYsb(plain), createYsb({ ...plain, seed: 6 })];
    for (let index = 299; index >= 0; index--) {
      expect(again.event(index)).toEqual(all[index]);
      expect(other.event(index)).not.toEqual(all[index]);
    }
    expect(again.ads()).toEqual(generator.ads());
  });

  test('without skew events happen when they arrive', () => {
    expect(all.filter(({ timestampMs }, index) => timestampMs !== startTimeMs + index)).toEqual([]);
    expect(events.filter(({ event_time: time }, index) => Date.parse(time) !== all[index]!.timestampMs)).toEqual([]);
  });

  test('with skew they lie up to 50 ms around it, and few up to a minute before', () => {
    const behind = [...createYsb({ ...plain, count: 300_000, skew: true }).events()].map(
      ({ value, timestampMs }) => timestampMs - Date.parse((JSON.parse(value) as Event).event_time),
    );
    const late = behind.filter((ms) => ms >= 50);
    expect(behind.filter((ms) => ms < -50 || ms > 60_050)).toEqual([]);
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(12);
    expect(new Set(behind.filter((ms) => ms < 50)).size).toBe(100);
  });

  test('refuses options that make no sense', () => {
    expect(() => createYsb({ ...plain, campaigns: 0 })).toThrow('campaigns: expected a whole number from 1, found 0');
    expect(() => createYsb({ ...plain, rate: -1 })).toThrow('rate: expected events per second above 0, found -1');
  });
});
