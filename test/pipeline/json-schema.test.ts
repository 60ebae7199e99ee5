import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { pipelineJsonSchema } from '../../pipeline/json-schema';

const root = path.join(__dirname, '..', '..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

let validate: ValidateFunction;

beforeAll(() => {
  validate = new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(pipelineJsonSchema()) as object);
});

test('docs/pipeline.schema.json is up to date (npx tsx pipeline/write-json-schema.ts)', () => {
  expect(read('docs/pipeline.schema.json')).toBe(pipelineJsonSchema());
});

describe.each(['user-activity', 'sensors', 'transactions'])('%s', (name) => {
  const text = read(`pipelines/${name}.yaml`);
  test('is accepted', () => {
    validate(parse(text));
    expect(validate.errors).toBeNull();
  });
  test('names the schema for editors', () => {
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../docs/pipeline.schema.json');
  });
});

test.each([
  ['an unknown type', 'user_id: bigint not null', 'user_id: bigit not null', '/source/columns/user_id'],
  ['an unknown key', 'topic:', 'topik:', '/source'],
  ['a duration without unit', 'watermark: 5s', 'watermark: 5', '/source/watermark'],
  ['a key of a later version', 'then: warn', 'then: warn\nalerts: []', ''],
  ['a mistyped transform', 'day(event_time)', 'dya(event_time)', '/partition/0'],
  ['a value of a later version', 'then: warn', 'then: quarantine', '/checks/0/then'],
])('%s is refused', (_name, good, bad, place) => {
  const text = read('pipelines/user-activity.yaml');
  expect(text).toContain(good);
  expect(validate(parse(text.replace(good, bad)))).toBe(false);
  expect(validate.errors?.map((error) => error.instancePath)).toContain(place);
});
