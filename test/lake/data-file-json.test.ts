import { fromWire, toWire } from '../../lake/data-file-json';
import { dataFile } from './fixtures';

test('data files go through plain JSON and come back equal', () => {
  const file = {
    ...dataFile({
      name: 'a',
      bounds: {
        1: { type: 'long' as const, min: -(2n ** 63n), max: 2n ** 63n - 1n },
        2: { type: 'string' as const, min: 'a', max: 'é😀' },
      },
    }),
    partition: [null, true, -7, 2n ** 60n, 'text', Buffer.from([0, 255]), Number.NaN, -0, Infinity],
    splitOffsets: [4n],
    equalityIds: [1, 2],
    referencedDataFile: 's3://x',
  };
  expect(fromWire(JSON.parse(JSON.stringify(toWire(file))))).toEqual(file);
  expect(fromWire(JSON.parse(JSON.stringify(toWire(dataFile({ name: 'b' })))))).toEqual(dataFile({ name: 'b' }));
});
