import fc from 'fast-check';
import { crc32c } from '../../stream/crc32c';
import { slowCrc32c } from './support/slow-decoder';

test('the check value of CRC-32C', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('agrees with the bitwise definition', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32c(bytes) === slowCrc32c(bytes)));
});
