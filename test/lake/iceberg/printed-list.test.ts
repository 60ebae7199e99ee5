import fc from 'fast-check';
import { stringifyJson } from '../../../base/json';
import { printList } from '../../../lake/iceberg/printed-list';

const whole = (list: readonly object[]): string => list.map((entry) => stringifyJson(entry)).join(',');

describe('a list that is printed again and again as it grows', () => {
  it('is what its entries are, however it came to be, and equal lists have equal hashes', () => {
    const entry = fc.record({ id: fc.bigInt({ min: 0n, max: 2n ** 63n }), text: fc.string({ unit: 'grapheme' }) });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 12 }),
        fc.array(fc.record({ list: fc.nat(20), drop: fc.option(fc.nat(12)), add: fc.option(fc.nat(11)) }), {
          maxLength: 40,
        }),
        (entries, steps) => {
          // Any list that was there may go on, also one that another has gone on from: a fork, an expiry, a rollback.
          const lists: (readonly object[])[] = [[]];
          const digests = new Map<string, string>();
          for (const { list, drop, add } of steps) {
            const from = lists[list % lists.length]!;
            const kept = drop === null ? from : from.filter((_, index) => index !== drop);
            const next = add === null ? [...kept] : [...kept, entries[add % entries.length]!];
            lists.push(next);
            const { bytes, digest } = printList(next);
            expect(bytes.toString('utf8')).toBe(whole(next));
            const known = digests.get(whole(next));
            expect(digest.toString('hex')).toBe(known ?? digest.toString('hex'));
            digests.set(whole(next), digest.toString('hex'));
          }
          expect(new Set(digests.values()).size).toBe(digests.size);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is not printed again but for its new entry', () => {
    let looks = 0;
    const entryOf = (id: number): object => ({
      get id() {
        looks += 1;
        return id;
      },
    });
    let list: readonly object[] = [];
    for (let id = 0; id < 100; id += 1) {
      list = [...list, entryOf(id)];
      printList(list);
      printList([...list]);
    }
    expect(looks).toBe(100);
  });
});
