import fc from 'fast-check';
import {
  jsonElements,
  jsonFault,
  jsonMembers,
  jsonNumbers,
  kindOfJson,
  spanText,
  type JsonSpan,
} from '../../engine/json-text';
import { openTestEngine, type TestEngine } from './support/session';
import { parseTree } from './support/oracle';

const whole = (text: string): JsonSpan => ({ text, start: 0, end: text.length });

describe('JSON as text positions', () => {
  it('says what is wrong, and where', () => {
    expect(jsonFault('{"a":1}')).toBeUndefined();
    expect(jsonFault('{"a":')).toBe('malformed JSON: the text ends where a value was expected');
    expect(jsonFault('{"a" 1}')).toBe('malformed JSON at character 6: expected a colon, found "1"');
    expect(jsonFault('{"a":1} x')).toBe('malformed JSON at character 9: expected nothing more, found "x"');
    expect(jsonFault('{"a":tru}')).toBe('malformed JSON at character 6: expected a value, found "t"');
    expect(jsonFault('{"a":"x\ny"}')).toMatch(/^malformed JSON at character 6: expected a string/);
  });

  it('walks objects and arrays without building them', () => {
    const object = whole('{"a" : 1 , "b\\u0041":[1, {"x":"]}"} ,"s",] , "a":null, }');
    expect([...jsonMembers(object)].map(([key, value]) => [key, spanText(value), kindOfJson(value)])).toEqual([
      ['a', '1', 'number'],
      ['bA', '[1, {"x":"]}"} ,"s",]', 'array'],
      ['a', 'null', 'null'],
    ]);
    const [, [, array]] = [...jsonMembers(object)] as [unknown, [string, JsonSpan]];
    expect([...jsonElements(array)].map(spanText)).toEqual(['1', '{"x":"]}"}', '"s"']);
    expect([...jsonNumbers(whole('{"1.5":[-2, "3", 4e5], "x": nan}'))]).toEqual(['-2', '4e5']);
  });

  it('agrees with DuckDB and with the oracle on what is JSON', async () => {
    const test: TestEngine = await openTestEngine();
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u0041"',
      '"\\ud83d\\ude00"',
      '"\\ud83d"',
      '"\\x"',
      '"',
      '1',
      '-0',
      '-',
      '01',
      '1.',
      '.5',
      '1e5',
      '1e',
      'true',
      'null',
      'nul',
      'NaN',
      'nan',
      '-inf',
      'Infinity',
      ' ',
      '\t',
      '\r',
      '\u00a0',
      '\u0001',
      "'",
      '/**/',
    );
    const loose = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
    const spoilt = fc
      .tuple(fc.json(), fc.nat(), pieces)
      .map(([text, at, piece]) => text.slice(0, at % text.length) + piece + text.slice((at % text.length) + 1));
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.oneof(loose, spoilt, fc.json()), { minLength: 50, maxLength: 200 }),
          async (texts) => {
            const list = texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ');
            // The object around it makes it a line as it is read; json_valid by itself takes less.
            const rows = await test.session.rows<{ ok: boolean }>(
              `SELECT json_type('{"v":' || t || '}') IS NOT NULL AS ok FROM (SELECT unnest([${list}]) AS t) WHERE json_valid('{"v":' || t || '}')`,
            );
            const mine = texts.filter((text) => jsonFault(`{"v":${text}}`) === undefined);
            expect(rows.length).toBe(mine.length);
            expect(mine).toEqual(texts.filter((text) => parseTree(`{"v":${text}}`) !== undefined));
          },
        ),
        { numRuns: 15, seed: 7 },
      );
    } finally {
      await test.close();
    }
  });

  it('takes any depth and any length', () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(jsonFault(deep)).toBeUndefined();
    expect(spanText([...jsonElements(whole(deep))][0]!)).toHaveLength(deep.length - 2);
    expect(jsonFault(`"${'x\\n'.repeat(3_000_000)}"`)).toBeUndefined();
  });
});
