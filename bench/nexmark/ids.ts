import type { Random } from '../../client/generate/random';

/** Of each 50 events, in this order: 1 person, 3 auctions, 46 bids. */
export const PERSONS_PER_EPOCH = 1;
export const AUCTIONS_PER_EPOCH = 3;
export const EVENTS_PER_EPOCH = 50;
/** Ids that persons and auctions count from. */
export const FIRST_ID = 1000;
export const AUCTIONS_IN_FLIGHT = 100;
const ACTIVE_PERSONS = 1000;
/** Bids and sellers may run ahead of the auctions and persons that were announced. */
const ID_LEAD = 10;
/** Every hundredth auction or person is hot until the next one is. */
const HOT_STEP = 100;

export type NexmarkKind = 'person' | 'auction' | 'bid';

export function kindOfEvent(eventNumber: number): NexmarkKind {
  const place = eventNumber % EVENTS_PER_EPOCH;
  if (place < PERSONS_PER_EPOCH) return 'person';
  return place < PERSONS_PER_EPOCH + AUCTIONS_PER_EPOCH ? 'auction' : 'bid';
}

/** Number, from 0, of the last person up to event `eventNumber`. */
export function lastPerson(eventNumber: number): number {
  const epoch = Math.floor(eventNumber / EVENTS_PER_EPOCH);
  return epoch * PERSONS_PER_EPOCH + Math.min(eventNumber % EVENTS_PER_EPOCH, PERSONS_PER_EPOCH - 1);
}

/** Number, from 0, of the last auction up to event `eventNumber`; -1 before the first. */
export function lastAuction(eventNumber: number): number {
  const epoch = Math.floor(eventNumber / EVENTS_PER_EPOCH);
  const place = (eventNumber % EVENTS_PER_EPOCH) - PERSONS_PER_EPOCH;
  return epoch * AUCTIONS_PER_EPOCH + Math.min(place, AUCTIONS_PER_EPOCH - 1);
}

/** One of the persons active at the event, or of the next few. */
export function somePerson(eventNumber: number, random: Random): number {
  const persons = lastPerson(eventNumber) + 1;
  const active = Math.min(persons, ACTIVE_PERSONS);
  return persons - active + random.below(active + ID_LEAD);
}

/** One of the auctions in flight at the event, or of the next few. */
export function someAuction(eventNumber: number, random: Random): number {
  const last = lastAuction(eventNumber);
  const first = Math.max(last - AUCTIONS_IN_FLIGHT, 0);
  return first + random.below(last - first + 1 + ID_LEAD);
}

/** The auction that 1 of 2 bids goes to, another one every hundred auctions. */
export function hotAuction(eventNumber: number): number {
  return Math.floor(Math.max(lastAuction(eventNumber), 0) / HOT_STEP) * HOT_STEP;
}

/** The person who sells in 3 of 4 auctions; the one after them makes 3 of 4 bids. */
export function hotSeller(eventNumber: number): number {
  return Math.floor(lastPerson(eventNumber) / HOT_STEP) * HOT_STEP;
}

export function hotBidder(eventNumber: number): number {
  return hotSeller(eventNumber) + 1;
}
