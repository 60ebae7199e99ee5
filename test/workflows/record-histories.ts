/**
 * Records the histories of workflows that ran on a Temporal server into test/workflows/histories:
 *   npx tsx test/workflows/record-histories.ts v1 pipeline/sensors pipeline/sensors/batch/1 …
 * One file per workflow; the version is part of the name, and old files stay: they are what running pipelines replay.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { loadConfig } from '../../base/config';

async function run(): Promise<void> {
  const [version, ...ids] = process.argv.slice(2);
  if (!version || ids.length === 0) throw new Error('expected a version and at least one workflow id');
  const { temporal } = loadConfig();
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, namespace: temporal.namespace });
  const directory = path.join(__dirname, 'histories');
  mkdirSync(directory, { recursive: true });
  for (const id of ids) {
    const handle = client.workflow.getHandle(id);
    const { type } = await handle.describe();
    const file = `${type.replace('Workflow', '')}-${version}-${id.replace(/^(pipeline|compaction|expiry)\//, '').replaceAll('/', '-')}.json`;
    writeFileSync(path.join(directory, file), `${historyToJSON(await handle.fetchHistory())}\n`);
    process.stdout.write(`${file}\n`);
  }
  await connection.close();
}

run().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
