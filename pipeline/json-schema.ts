import { z } from 'zod';
import { fileShape } from './schema';

/** The JSON Schema (draft 7, what editors read best) of a pipeline file, as text of docs/pipeline.schema.json. */
export function pipelineJsonSchema(): string {
  const schema = z.toJSONSchema(fileShape, { io: 'input', target: 'draft-7' });
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, title: 'Sluice pipeline', description: 'From a Kafka topic to Iceberg tables; see docs/pipeline.md.', ...rest }, null, 2)}\n`;
}
