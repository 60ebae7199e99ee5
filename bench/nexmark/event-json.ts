import { pick } from '../../client/generate/pick';
import type { Random } from '../../client/generate/random';
import {
  AUCTIONS_IN_FLIGHT,
  AUCTIONS_PER_EPOCH,
  EVENTS_PER_EPOCH,
  FIRST_ID,
  hotAuction,
  hotBidder,
  hotSeller,
  lastAuction,
  lastPerson,
  someAuction,
  somePerson,
} from './ids';
import { letters, padding, word } from './texts';

/** One event to be drawn: number, time as milliseconds and as text, distance between two events. */
export interface EventInput {
  readonly eventNumber: number;
  readonly timeMs: number;
  readonly timeText: (timeMs: number) => string;
  readonly stepMs: number;
  readonly random: Random;
}

const PERSON_BYTES = 200;
const AUCTION_BYTES = 500;
const BID_BYTES = 100;

const firstNames = ['Ada', 'Ben', 'Carla', 'Dan', 'Emma', 'Finn', 'Greta', 'Hugo', 'Ines', 'Jon', 'Klara'];
const lastNames = ['Abt', 'Brandt', 'Cole', 'Dietz', 'Evans', 'Frei', 'Gray', 'Hart', 'Iversen'];
const cities = [
  'Phoenix',
  'Los Angeles',
  'San Jose',
  'Boise',
  'Portland',
  'Salem',
  'Seattle',
  'Spokane',
  'Casper',
  'Cody',
];
const states = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'];

/** `{"id":…}`, 1 of 50 events. */
export function personJson({ eventNumber, timeMs, timeText, random }: EventInput): string {
  const name = `${pick(firstNames, random)} ${pick(lastNames, random)}`;
  const email = `${letters(7, random).replaceAll(' ', '_')}@${letters(5, random).replaceAll(' ', '-')}.com`;
  const digits = (): string => String(random.below(10_000)).padStart(4, '0');
  const card = `${digits()} ${digits()} ${digits()} ${digits()}`;
  const [city, state] = [pick(cities, random), pick(states, random)];
  const size = 8 + name.length + email.length + card.length + city.length + state.length + 8;
  return (
    `{"id":${FIRST_ID + lastPerson(eventNumber)},"name":"${name}","emailAddress":"${email}","creditCard":"${card}",` +
    `"city":"${city}","state":"${state}","dateTime":"${timeText(timeMs)}","extra":"${padding({ size, average: PERSON_BYTES, random })}"}`
  );
}

/** `{"id":…}`, 3 of 50 events. */
export function auctionJson(input: EventInput): string {
  const { eventNumber, timeMs, timeText, random } = input;
  const seller = random.below(4) > 0 ? hotSeller(eventNumber) : somePerson(eventNumber, random);
  const category = 10 + random.below(5);
  const initialBid = price(random);
  const expires = timeMs + auctionLengthMs(input);
  const [name, description] = [word(20, random), word(100, random)];
  const reserve = initialBid + price(random);
  const size = 8 + name.length + description.length + 8 * 6;
  return (
    `{"id":${FIRST_ID + lastAuction(eventNumber)},"itemName":"${name}","description":"${description}","initialBid":${initialBid},` +
    `"reserve":${reserve},"dateTime":"${timeText(timeMs)}","expires":"${timeText(expires)}","seller":${FIRST_ID + seller},` +
    `"category":${category},"extra":"${padding({ size, average: AUCTION_BYTES, random })}"}`
  );
}

/** So long that about AUCTIONS_IN_FLIGHT auctions are open at a time, at most twice as long. */
function auctionLengthMs({ stepMs, random }: EventInput): number {
  const events = (AUCTIONS_IN_FLIGHT * EVENTS_PER_EPOCH) / AUCTIONS_PER_EPOCH;
  return 1 + random.below(Math.max(1, Math.floor(2 * events * stepMs)));
}

const hotChannels = [
  { channel: 'Google', url: 'https://www.nexmark.com/googl/ab_cd/efg/item.htm?query=1' },
  { channel: 'Facebook', url: 'https://www.nexmark.com/faceb/hi_jk/lmn/item.htm?query=1' },
  { channel: 'Baidu', url: 'https://www.nexmark.com/baidu/op_qr/stu/item.htm?query=1' },
  { channel: 'Apple', url: 'https://www.nexmark.com/apple/vw_xy/zab/item.htm?query=1' },
] as const;
const COLD_CHANNELS = 10_000;

/** `{"auction":…}`, 46 of 50 events. */
export function bidJson({ eventNumber, timeMs, timeText, random }: EventInput): string {
  const auction = random.below(2) > 0 ? hotAuction(eventNumber) : someAuction(eventNumber, random);
  const bidder = random.below(4) > 0 ? hotBidder(eventNumber) : somePerson(eventNumber, random);
  const bid = price(random);
  const { channel, url } =
    random.below(2) > 0 ? hotChannels[random.below(4)]! : coldChannel(random.below(COLD_CHANNELS));
  const extra = padding({ size: 8 * 4, average: BID_BYTES, random });
  return (
    `{"auction":${FIRST_ID + auction},"bidder":${FIRST_ID + bidder},"price":${bid},"channel":"${channel}","url":"${url}",` +
    `"dateTime":"${timeText(timeMs)}","extra":"${extra}"}`
  );
}

/** 9 of 10 cold channels have their id in the address. */
function coldChannel(number: number): { readonly channel: string; readonly url: string } {
  const path = number.toString(36).padStart(5, '_');
  const id = number % 10 > 0 ? `&channel_id=${(number * 2_654_435_761) % 2 ** 31}` : '';
  return { channel: `channel-${number}`, url: `https://www.nexmark.com/${path}/${path}/${path}/item.htm?query=1${id}` };
}

/** 100 to 100,000,000, each power of ten as likely. */
function price(random: Random): number {
  return Math.round(10 ** ((random.below(2 ** 32) / 2 ** 32) * 6) * 100);
}
