import { createGenerator, type EventGenerator, type EventShape } from './generator';
import { createKeyCache } from './key-cache';
import { pick } from './pick';
import type { GenerateOptions } from './options';

// Some types several times: people look more than they buy.
const eventTypes = [
  'page_view',
  'page_view',
  'page_view',
  'click',
  'click',
  'click',
  'search',
  'search',
  'add_to_cart',
  'purchase',
  'login',
  'logout',
];
const devices = ['android', 'iphone', 'windows', 'macos', 'linux', 'tablet'];

/** Events of pipeline user-activity, keyed by user: about 145 bytes each, 100,000 users unless `keys` says otherwise, ids from 1. */
export function userEvents(options: GenerateOptions): EventGenerator {
  return createGenerator(options, ({ keys = 100_000 }): EventShape => {
    const keyOf = createKeyCache(String);
    return {
      topic: 'user_events',
      firstField: 'user_id',
      numberField: 'user_id',
      make({ random, timeText }) {
        const userId = 1 + random.below(keys);
        const session = (0x100000 + random.below(0xf00000)).toString(36);
        const json =
          `{"user_id":${userId},"timestamp":"${timeText}","event_type":"${pick(eventTypes, random)}",` +
          `"properties":{"page":"/p/${random.below(1000)}","device":"${pick(devices, random)}","session":"${session}"}}`;
        return { key: keyOf(userId), json };
      },
    };
  });
}
