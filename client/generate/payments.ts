import { createGenerator, type EventGenerator, type EventShape } from './generator';
import { createKeyCache } from './key-cache';
import { hundredths, pick } from './pick';
import type { GenerateOptions } from './options';

const locations = ['Lisbon', 'Zürich', 'São Paulo', 'Nairobi', 'Oslo', 'Austin', 'Kraków', '東京', 'Pune', 'Lyon'];

/** Users whose payments stand out: 1 and 2 pay very often, 3 and 4 very much. They make 1 payment in 25. */
export const fraudsters = { frequent: [1, 2], large: [3, 4] } as const;
const fraudsterCount = fraudsters.frequent.length + fraudsters.large.length;

/**
 * Payments of pipeline transactions, keyed by user. There are so many users (unless `keys` says otherwise) that an honest one pays about once in
 * five minutes, at most 200.00: only fraudsters reach more than 10 payments or 10,000.00 in a window.
 */
export function payments(options: GenerateOptions): EventGenerator {
  return createGenerator(options, ({ seed, rate, keys = Math.max(1000, Math.ceil(rate * 300)) }): EventShape => {
    const keyOf = createKeyCache(String);
    const honest = Math.max(1, keys - fraudsterCount);
    return {
      topic: 'transactions',
      firstField: 'txn_id',
      numberField: 'amount',
      make({ random, index, timeText }) {
        const isFraud = random.below(25) === 0;
        const userId = isFraud ? fraudsterOf(random.below(6)) : fraudsterCount + 1 + random.below(honest);
        const cents = amountCents(userId, random.below(2 ** 20));
        const json =
          `{"txn_id":"t-${seed}-${index}","user_id":${userId},"amount":${hundredths(cents)},"timestamp":"${timeText}",` +
          `"merchant":"merchant-${1 + random.below(300)}","location":"${pick(locations, random)}"}`;
        return { key: keyOf(userId), json };
      },
    };
  });
}

/** Two thirds of the fraud are many payments, one third large ones. */
function fraudsterOf(draw: number): number {
  return draw < 4 ? 1 + (draw % 2) : 3 + (draw % 2);
}

function amountCents(userId: number, draw: number): number {
  if (userId > fraudsterCount) return 100 + Math.floor((19_900 * draw * draw) / 2 ** 40); // most payments are small
  return userId <= 2 ? 500 + (draw % 4_500) : 300_000 + (draw % 600_000);
}
