import { chainProblem } from '../../lake/chain';
import { formatTableMetadata } from '../../lake/iceberg/metadata-json';
import { loadContent } from '../../lake/lake';
import { bench, dataFile, eventsDefinition, newTable } from './fixtures';

describe('the chain of metadata files', () => {
  test('is whole for what Sluice writes, and for a roll back to an older content', async () => {
    const { change } = bench();
    const zero = newTable();
    const one = await change(zero, { operation: 'append', added: [dataFile({ name: 'a' })] }, 'p');
    expect([zero, one].map(chainProblem)).toEqual([undefined, undefined]);
  });

  test('is broken by a rewrite that starts again at 00000 and drops the history', async () => {
    const { store, change } = bench();
    let table = await change(newTable(), { operation: 'append', added: [dataFile({ name: 'a' })] }, 'p1');
    table = await change(table, { operation: 'append', added: [dataFile({ name: 'b' })] }, 'p2');
    const uri = 's3://lake/db/events/metadata/00000-aaaa.metadata.json';
    const rewritten = {
      ...table.metadata,
      snapshots: table.metadata.snapshots.slice(1),
      'metadata-log': [],
      'snapshot-log': table.metadata['snapshot-log'].slice(1),
    };
    await store.put(uri, Buffer.from(formatTableMetadata(rewritten)));
    await expect(
      loadContent({ store }, eventsDefinition.name, { ...table.content, metadataLocation: uri }),
    ).rejects.toMatchObject({ code: 'TABLE_FOREIGN', message: expect.stringMatching(/version 0 .* before version 2/) });
  });

  test('is broken when the catalog names a snapshot that the file lacks', async () => {
    const table = newTable();
    expect(chainProblem({ ...table, content: { ...table.content, snapshotId: 5n } })).toMatch(/snapshot 5/);
  });

  test('is whole after a writer that keeps history, and for tables that Sluice never wrote', async () => {
    const { change } = bench();
    const table = await change(newTable(), { operation: 'append', added: [dataFile({ name: 'a' })] }, 'p1');
    expect(
      chainProblem({
        ...table,
        content: { ...table.content, metadataLocation: 's3://x/metadata/00007-b.metadata.json' },
      }),
    ).toBeUndefined();
    const foreign = { ...table.metadata, properties: {} };
    expect(
      chainProblem({
        metadata: foreign,
        content: { ...table.content, metadataLocation: 's3://x/metadata/00000-b.metadata.json' },
      }),
    ).toBeUndefined();
  });
});
