import { readFile } from 'node:fs/promises';
import { SluiceError } from '../base/errors';
import { parsePipeline } from './parse';
import type { Pipeline } from './model';

/** Reads the pipeline file at `path`. Throws BAD_INPUT when it cannot be read, else as `parsePipeline` does. */
export async function loadPipelineFile(path: string): Promise<Pipeline> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new SluiceError('BAD_INPUT', `expected a pipeline file at ${path}, found none that can be read`, {
      cure: 'Name an existing YAML file, for example pipelines/user-activity.yaml.',
      cause,
      context: { path },
    });
  }
  return parsePipeline(text, path);
}
