import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { collectExtra, unknownFields } from '../../engine/extra-fields';
import { openTestEngine, type TestEngine } from './support/session';

let test_: TestEngine;
beforeAll(async () => {
  test_ = await openTestEngine();
});
afterAll(() => test_.close());

let files = 0;
async function extraOf(messages: readonly string[], known: readonly string[] = ['id']) {
  const file = path.join(test_.directory, `spool-${(files += 1)}.ndjson`);
  const lines = messages.map((body, index) => `{"$p":3,"$o":${index},"$t":1000${body === '' ? '' : ','}${body}}`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  await collectExtra(test_.session, {
    lines: [{ partition: 3, path: file, lines: messages.length }],
    known,
    into: 'extra',
    directory: test_.directory,
  });
  const rows = await test_.session.rows<{ _offset: bigint; extra: string }>(
    'select _offset, to_json(extra)::varchar as extra from extra order by _offset',
  );
  return {
    rows: Object.fromEntries(rows.map((row) => [String(row._offset), JSON.parse(row.extra) as Record<string, string>])),
    fields: await unknownFields(test_.session, 'extra'),
  };
}

describe('fields that no column reads', () => {
  it('are kept as JSON text by name, whatever the name', async () => {
    const { rows } = await extraOf([
      '"id":1',
      '"id":2,"a":"x","b":[1,{"c":null}],"d":null,"":0',
      '"id":3,"odd key/~\\"":true,"é":1.5',
      '',
    ]);
    expect(rows).toEqual({
      1: { a: '"x"', b: '[1,{"c":null}]', d: 'null', '': '0' },
      2: { 'odd key/~"': 'true', é: '1.5' },
    });
  });

  it('lose no digit of long numbers, and of a name that stands there twice the first value counts', async () => {
    const { rows } = await extraOf([
      '"a":0.12345678901234567890123,"b":1',
      '"a":123456789012345678901234567890',
      '"a":1,"a":2',
      '"a":0.1234567890123456789,"a":2,"id":9',
    ]);
    expect(rows).toEqual({
      0: { a: '0.12345678901234567890123', b: '1' },
      1: { a: '123456789012345678901234567890' },
      2: { a: '1' },
      3: { a: '0.1234567890123456789' },
    });
  });

  it('of lines that are no JSON are none', async () => {
    const { rows } = await extraOf(['"a":1', '"a":}', '"a":2']);
    expect(Object.keys(rows)).toEqual(['0', '2']);
  });

  it('have the type of their values; mixed ones, lists and objects are text', async () => {
    const { fields } = await extraOf([
      '"flag":true,"n":1,"d":1,"s":"x","m":1,"l":[1],"o":{},"z":null,"big":9007199254740993,"bigd":9007199254740993,"huge":18446744073709551615',
      '"flag":false,"n":-2,"d":1.5,"s":"y","m":"1","l":[],"o":{"a":1},"z":null,"big":1,"bigd":0.5,"huge":1',
      '"flag":null,"n":null',
    ]);
    expect(fields).toEqual([
      { name: 'big', kind: 'bigint', wide: true },
      { name: 'bigd', kind: 'string', wide: true },
      { name: 'd', kind: 'double' },
      { name: 'flag', kind: 'boolean' },
      { name: 'huge', kind: 'string', wide: true },
      { name: 'l', kind: 'string' },
      { name: 'm', kind: 'string' },
      { name: 'n', kind: 'bigint' },
      { name: 'o', kind: 'string' },
      { name: 's', kind: 'string' },
    ]);
  });

  it('are none in an empty spool', async () => {
    expect(await extraOf([])).toEqual({ rows: {}, fields: [] });
  });
});
