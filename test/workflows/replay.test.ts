import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const directory = path.join(__dirname, 'histories');
const histories = readdirSync(directory).filter((file) => file.endsWith('.json'));

describe('replay', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../workflows/index'),
      logger: new DefaultLogger('ERROR'),
    });
  });

  it('has histories of all workflows', () => {
    for (const kind of [
      'pipeline',
      'batch',
      'compaction',
      'expiry',
      'retention',
      'manifests',
      'sweep',
      'clean-branches',
    ])
      expect(histories.some((file) => file.startsWith(`${kind}-`))).toBe(true);
  });

  it.each(histories)('%s is replayed by the code as it is', async (file) => {
    const history: unknown = JSON.parse(readFileSync(path.join(directory, file), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle }, history);
  });

  it('notices a workflow that no longer makes the same decisions', async () => {
    const file = histories.find((name) => name.startsWith('batch-'))!;
    const text = readFileSync(path.join(directory, file), 'utf8').replaceAll('"closeWindows"', '"openWindows"');
    await expect(Worker.runReplayHistory({ workflowBundle }, JSON.parse(text))).rejects.toThrow(
      /[Nn]ondeterminism|TMPRL1100/,
    );
  });
});
