import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Bundles the workflows once for all workers; answers the file. */
export async function bundleWorkflows(directory: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../workflows/index'),
    logger: new DefaultLogger('ERROR'),
  });
  const file = path.join(directory, 'workflows.js');
  writeFileSync(file, code);
  return file;
}
