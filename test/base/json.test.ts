import fc from 'fast-check';
import { parseJson, stringifyJson } from '../../base/json';

const big = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).filter((value) => !Number.isSafeInteger(Number(value)));
/** Text that has all that a reader by patterns can trip over, but for what the library does: it reads the rare documents with both. */
const text = fc
  .oneof(
    fc.string(),
    fc.constantFrom(
      '',
      '"',
      '\\',
      ': 9123456789012345678,',
      '[9123456789012345678]',
      '\uE000',
      '\uE0001234567890123456',
      '\\ue000',
    ),
    fc.string().map((part) => `${part}: 9123456789012345678, "${part}`),
  )
  .filter((part) => !/\dn/.test(part));
/** Written without a point they would be read as bigint. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, big, fc.integer(), fc.maxSafeInteger(), double, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
}));

describe('lossless JSON', () => {
  it('is read as what was written, in whatever form', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 3 }), (document, space) => {
        const written = stringifyJson(document, space);
        expect(parseJson(written)).toEqual(document);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps integers beyond 2^53, and reads those below as numbers', () => {
    const document =
      '{"a": 9123456789012345678, "b": [9007199254740991, 9007199254740992,-9007199254740993], "c": 1234567890123456.5}';
    expect(parseJson(document)).toEqual({
      a: 9123456789012345678n,
      b: [9007199254740991, 9007199254740992n, -9007199254740993n],
      c: 1234567890123456.5,
    });
    expect(parseJson('9123456789012345678')).toBe(9123456789012345678n);
  });

  it('bug: a string that ends like a number of the library was written as one', () => {
    const document = { id: 9123456789012345678n, text: ['say "5n', '"5n"', '5n', 'say "\uE0005'] };
    expect(parseJson(stringifyJson(document))).toEqual(document);
  });

  it('says of a broken document what is wrong with it', () => {
    expect(() => parseJson('{"a": 9123456789012345678')).toThrow(SyntaxError);
    expect(() => parseJson('{')).toThrow(SyntaxError);
  });
});
