import { pick } from '../../client/generate/pick';
import { createRandom, type Random } from '../../client/generate/random';
import { createTimeText } from '../../client/generate/time-text';
import type { PlacedMessage } from '../equality/produce-logged';
import { completeYsbOptions, type YsbOptions } from './options';

export interface YsbGenerator {
  readonly count: number;
  /** The event at place `index`, 0 to count - 1: depends on the options and the index only. */
  event(index: number): PlacedMessage;
  events(): IterableIterator<PlacedMessage>;
  /** One message per ad: which campaign it belongs to. For a topic of one partition. */
  ads(): readonly PlacedMessage[];
}

const adTypes = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile'];
const eventTypes = ['view', 'click', 'purchase'];
const USERS = 100;
const PAGES = 100;
const SKEW_MS = 50;
const LATE_ONE_OF = 100_000;
const LATE_MS = 60_000;

/** Events of the Yahoo Streaming Benchmark and its table of ads, seeded. Throws BAD_INPUT for options that make no sense. */
export function createYsb(given: YsbOptions): YsbGenerator {
  const { seed, count, startTimeMs, rate, partitions, campaigns, adsPerCampaign, skew } = completeYsbOptions(given);
  const random = createRandom(seed);
  const timeText = createTimeText();
  // Ids come before the events: events are drawn from place 0 on, ids from places that no event has.
  const ids = uuids(createRandom(seed), campaigns * (1 + adsPerCampaign) + USERS + PAGES);
  const campaignIds = ids.slice(0, campaigns);
  const adIds = ids.slice(campaigns, campaigns * (1 + adsPerCampaign));
  const [users, pages] = [ids.slice(-USERS - PAGES, -PAGES), ids.slice(-PAGES)];

  const event = (index: number): PlacedMessage => {
    random.seek(index);
    const timestampMs = startTimeMs + Math.floor((index * 1000) / rate);
    const partition = random.below(partitions);
    const ad = pick(adIds, random);
    const [user, page, adType, eventType] = [users, pages, adTypes, eventTypes].map((values) => pick(values, random));
    const timeMs = skew ? skewed(timestampMs, random) : timestampMs;
    const value =
      `{"user_id":"${user}","page_id":"${page}","ad_id":"${ad}","ad_type":"${adType}","event_type":"${eventType}",` +
      `"event_time":"${timeText(timeMs)}","ip_address":"1.2.3.4"}`;
    return { partition, key: ad, value, timestampMs };
  };

  return {
    count,
    event,
    *events() {
      for (let index = 0; index < count; index++) yield event(index);
    },
    ads: () =>
      adIds.map((ad, index) => ({
        partition: 0,
        key: ad,
        value: `{"ad_id":"${ad}","campaign_id":"${campaignIds[Math.floor(index / adsPerCampaign)]}","created_at":"${timeText(startTimeMs)}"}`,
        timestampMs: startTimeMs,
      })),
  };
}

function skewed(timeMs: number, random: Random): number {
  const around = timeMs + SKEW_MS - random.below(2 * SKEW_MS);
  return random.below(LATE_ONE_OF) === 0 ? around - random.below(LATE_MS) : around;
}

function uuids(random: Random, count: number): readonly string[] {
  random.seek(2 ** 52);
  const hex = (): string =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return Array.from({ length: count }, () => {
    const digits = hex() + hex() + hex() + hex();
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-a${digits.slice(17, 20)}-${digits.slice(20)}`;
  });
}
