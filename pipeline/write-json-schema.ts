import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipelineJsonSchema } from './json-schema';

/** Writes docs/pipeline.schema.json: `npx tsx pipeline/write-json-schema.ts`. */
async function main(): Promise<void> {
  const target = path.join(__dirname, '..', 'docs', 'pipeline.schema.json');
  await writeFile(target, pipelineJsonSchema());
  console.log(`wrote ${path.relative(process.cwd(), target)}`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
