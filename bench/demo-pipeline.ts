import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatTableName } from '../base/table-name';
import { tablesOf } from '../activities/base-state';
import { loadTables } from '../lake/lake';
import type { Lakehouse } from '../test/real/support/lakehouse';

/** The shipped user-activity pipeline under names of its own; `ID` is filled in by the lakehouse. */
export function demoPipeline(name: string, topic = 'ID'): string {
  return readFileSync(path.join(__dirname, 'main-job.yaml'), 'utf8')
    .replace('pipeline: user-activity', `pipeline: ${name}-ID`)
    .replace('topic: user_events', `topic: ${topic}`)
    .replaceAll('public.user_events', 'bench.ID_events')
    .replaceAll('db.user_activity', 'bench.ID_activity');
}

/** Takes the tables of a bench out of the catalog and their objects out of the store. */
export async function dropTables({ lake, pipeline }: Pick<Lakehouse, 'lake' | 'pipeline'>): Promise<void> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const tables = await loadTables(lake, hash, tablesOf(pipeline));
  if (tables.size === 0) return;
  const outcome = await lake.nessie.commit({
    branch: lake.mainBranch,
    baseHash: hash,
    message: `drop the tables of ${pipeline.name}`,
    deletes: [...tables.values()].map(({ name }) => name),
  });
  if (outcome.outcome !== 'committed')
    throw new Error(`dropping ${[...tables.keys()].join(', ')} ended as ${outcome.outcome}`);
  for (const { name, metadata } of tables.values()) {
    const uris: string[] = [];
    for await (const { uri } of lake.store.list(`${metadata.location}/`)) uris.push(uri);
    await lake.store.delete(uris);
    process.stderr.write(`dropped ${formatTableName(name)}: ${uris.length} objects\n`);
  }
}
