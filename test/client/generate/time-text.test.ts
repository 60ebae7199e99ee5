import fc from 'fast-check';
import { createTimeText } from '../../../client/generate/time-text';

test('as Date.toISOString, before 1970 too, whatever was asked before', () => {
  const timeText = createTimeText();
  fc.assert(
    fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_000_000_000_000 }), (timeMs) => {
      expect(timeText(timeMs)).toBe(new Date(timeMs).toISOString());
      expect(timeText(timeMs + 4096_000)).toBe(new Date(timeMs + 4096_000).toISOString());
      expect(timeText(timeMs)).toBe(new Date(timeMs).toISOString());
    }),
    { examples: [[-1], [0], [999]] },
  );
});
