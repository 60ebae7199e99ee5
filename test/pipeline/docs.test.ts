import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parsePipeline } from '../../pipeline/parse';

/** docs/pipeline.md shows real output: what it says of its broken file is what the code says. */
test('the page shows what the broken example really gets', () => {
  const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'pipeline.md'), 'utf8');
  const block = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
  expect(() => parsePipeline(block('yaml'), 'orders.yaml')).toThrow(
    expect.objectContaining({ code: 'PIPELINE_INVALID', message: block('text').trimEnd() }),
  );
});

test('every key of the schema stands on the page', () => {
  const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'pipeline.md'), 'utf8');
  const schema = JSON.parse(
    readFileSync(path.join(__dirname, '..', '..', 'docs', 'pipeline.schema.json'), 'utf8'),
  ) as JsonSchema;
  expect(keysOf(schema, '').filter((key) => !page.includes(`\`${key}\``))).toEqual([]);
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

function keysOf(schema: JsonSchema, prefix: string): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    if (value.properties) return keysOf(value, `${prefix}${key}.`);
    return value.items?.properties ? keysOf(value.items, `${prefix}${key}[].`) : [`${prefix}${key}`];
  });
}
