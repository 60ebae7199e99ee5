import { seeded } from '../real/support/events';
import { byteReplacer } from './byte-replacer';

test('replaces however the stream is cut into chunks, and keeps its length', () => {
  const find = Buffer.from('localhost\0\0q\x84', 'latin1');
  const put = Buffer.from('localhost\0\0\xc0\x01', 'latin1');
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = seeded(seed);
    const parts = Array.from({ length: 12 }, () =>
      random() < 0.4 ? find : Buffer.from('localho'.slice(random() * 7)),
    );
    const stream = Buffer.concat(parts);
    const expected = Buffer.concat(parts.map((part) => (part === find ? put : part)));
    const change = byteReplacer({ find, put });
    const seen: Buffer[] = [];
    for (let at = 0; at < stream.length;) {
      const to = Math.min(stream.length, at + 1 + Math.floor(random() * 9));
      seen.push(change(stream.subarray(at, to)));
      at = to;
    }
    seen.push(change(Buffer.from('$'))); // lets go of what may have been a beginning
    if (!Buffer.concat([expected, Buffer.from('$')]).equals(Buffer.concat(seen))) throw new Error(`seed ${seed}`);
  }
});

test('texts of different lengths are refused', () => {
  expect(() => byteReplacer({ find: Buffer.from('ab'), put: Buffer.from('a') })).toThrow('one length');
});
