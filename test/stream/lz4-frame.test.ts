import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import fc from 'fast-check';
import { openLz4Decoder } from '../../stream/lz4-frame';

const text = (size: number, seed: number): Buffer => {
  let state = seed;
  const words = Array.from({ length: Math.ceil(size / 6) }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 12).toString(36).slice(0, 1 + (state % 5));
  });
  return Buffer.from(words.join(' ')).subarray(0, size);
};

describe('LZ4 frames in memory that is used again', () => {
  it('give what went in, whatever its size and repetitions', () => {
    const decoder = openLz4Decoder();
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.nat(200_000), fc.nat()).map(([size, seed]) => text(size, seed)),
      fc
        .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(20_000))
        .map(([piece, times]) => Buffer.concat(Array.from({ length: times }, () => piece))),
    );
    fc.assert(
      fc.property(content, fc.boolean(), fc.boolean(), (bytes, contentChecksum, blockChecksums) => {
        const frame = compressFrameSync(bytes, { contentChecksum, blockChecksums });
        expect(decoder.decode(frame)!.equals(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('grow to a content of many blocks', () => {
    const bytes = text(9_000_000, 3);
    expect(openLz4Decoder().decode(compressFrameSync(bytes))!.equals(bytes)).toBe(true);
  });

  it('use the same memory for the next frame', () => {
    const decoder = openLz4Decoder();
    const first = decoder.decode(compressFrameSync(Buffer.from('a'.repeat(500))))!;
    decoder.decode(compressFrameSync(Buffer.from('b'.repeat(500))));
    expect(first.toString()).toBe('b'.repeat(500));
  });

  it('leave other decoders what is legal and rare', () => {
    const decoder = openLz4Decoder();
    const frame = compressFrameSync(Buffer.from('some content, some content, some content'));
    expect(decoder.decode(Buffer.concat([frame, frame]))).toBeUndefined();
    expect(decoder.decode(Buffer.from('no LZ4 at all'))).toBeUndefined();
    const withDictionary = Buffer.from(frame);
    withDictionary[4] = frame[4]! | 1;
    expect(decoder.decode(withDictionary)).toBeUndefined();
  });

  it('refuse a block that grows beyond the size its frame announces', () => {
    const frame = compressFrameSync(Buffer.alloc(4 << 20, 'a'));
    const small = Buffer.from(frame);
    small[5] = 4 << 4;
    expect((frame[5]! >> 4) & 7).toBeGreaterThan(4);
    expect(() => openLz4Decoder().decode(small)).toThrow(/more than 65536 bytes/);
  });

  it('refuse every frame that the library refuses, or give the same: cut and changed bytes, never an endless loop', () => {
    const decoder = openLz4Decoder();
    const whole = compressFrameSync(text(5000, 9));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, flip, cut) => {
        const frame = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut) frame[at] = frame[at]! ^ flip;
        let own: Buffer | undefined;
        let refused = false;
        try {
          own = decoder.decode(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
          refused = true;
        }
        if (refused || own === undefined) return;
        // Only the header's checksum is not looked at here: Kafka's CRC covers it.
        if (at < 7) return;
        expect(own.equals(decompressFrameSync(frame))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
