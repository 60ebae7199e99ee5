import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeWorkflowBundle } from '../../workers/workflow-bundle';

/** Bundles the workflows once for all workers; answers the file. */
export async function bundleWorkflows(directory: string): Promise<string> {
  const { code } = await makeWorkflowBundle(directory);
  const file = path.join(directory, 'workflows.js');
  writeFileSync(file, code);
  return file;
}
