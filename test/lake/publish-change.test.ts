import { printTableMetadata } from '../../lake/iceberg/metadata-json';
import { metadataUri } from '../../lake/iceberg/metadata-name';
import { loadTable } from '../../lake/lake';
import type { Lake } from '../../lake/lake';
import type { MergeInput, Nessie } from '../../lake/nessie/nessie';
import { memoryStore } from '../../lake/objects/memory-store';
import { publishChange } from '../../lake/publish-change';
import type { LakeChange } from '../../lake/publish-change';
import { stageChange } from '../../lake/stage';
import { memoryNessie } from '../fuzz/memory-nessie';
import { newTable } from './fixtures';

/** A lake in memory with one empty table on main. */
async function lakeWithTable(): Promise<Lake> {
  const lake: Lake = { store: memoryStore(), nessie: memoryNessie(), warehouse: 's3://lake', mainBranch: 'main' };
  const { name, metadata } = newTable();
  const { bytes, digest } = printTableMetadata(metadata);
  const uri = metadataUri(metadata.location, 0, digest);
  await lake.store.put(uri, bytes);
  const { contentId: _new, ...content } = { ...newTable().content, metadataLocation: uri };
  await lake.nessie.commit({
    branch: 'main',
    baseHash: (await lake.nessie.getRef('main')).hash,
    message: 'create',
    puts: [{ name, content }],
    createNamespaces: [name.namespace],
  });
  return lake;
}

/** Sets the property `mark` to `value`, unless it stands there already. */
function mark(lake: Lake, value: string, onStage: () => Promise<void> = async () => undefined): LakeChange {
  return {
    tables: [newTable().name],
    kind: 'upkeep',
    id: value,
    message: `mark ${value}`,
    stage: async (tables) => {
      const table = tables.get('db.events')!;
      if (table.metadata.properties['x.mark'] === value) return [];
      const properties = { 'x.mark': value };
      const staged = await stageChange(
        lake,
        table,
        { operation: 'none', properties },
        { planId: value, timestampMs: 1 },
      );
      await onStage();
      return [staged];
    },
  };
}

const markOf = async (lake: Lake): Promise<string | undefined> =>
  (await loadTable(lake, (await lake.nessie.getRef('main')).hash, newTable().name))!.metadata.properties['x.mark'];
const branches = async (lake: Lake): Promise<readonly string[]> =>
  (await lake.nessie.listRefs()).map(({ name }) => name);
const withMerge = (lake: Lake, merge: Nessie['merge']): Lake => ({ ...lake, nessie: { ...lake.nessie, merge } });

describe('publishing a change of upkeep', () => {
  test('is one commit on main with its kind, id and tables, and leaves no branch', async () => {
    const lake = await lakeWithTable();
    expect(await publishChange(lake, mark(lake, 'a'))).toBe('published');
    expect(await markOf(lake)).toBe('a');
    expect(await branches(lake)).toEqual(['main']);
    for await (const { properties, message } of lake.nessie.log('main', { limit: 1 })) {
      expect(message).toBe('mark a');
      expect(properties).toEqual({ 'sluice.upkeep': 'a', 'sluice.table': 'db.events' });
    }
    expect(await publishChange(lake, mark(lake, 'a'))).toBe('nothing');
  });

  test('a lost race stages again on the new head', async () => {
    const lake = await lakeWithTable();
    let races = 0;
    const change = mark(lake, 'a', async () => {
      races += 1;
      if (races < 3) await publishChange(lake, mark(lake, `other ${races}`));
    });
    expect(await publishChange(lake, change)).toBe('published');
    expect(races).toBe(3);
    expect(await markOf(lake)).toBe('a');
  });

  test('yields to writers that are always first', async () => {
    const lake = await lakeWithTable();
    let races = 0;
    const change = mark(lake, 'a', async () => {
      await publishChange(lake, mark(lake, `other ${(races += 1)}`));
    });
    expect(await publishChange(lake, change)).toBe('yielded');
    expect(await markOf(lake)).toBe(`other ${races}`);
    expect(await branches(lake)).toEqual(['main']);
  });

  test('bug: the branch of an attempt that was killed before its merge does not stop the next one', async () => {
    const lake = await lakeWithTable();
    const left: MergeInput[] = [];
    const killed: Lake = {
      ...lake,
      nessie: {
        ...lake.nessie,
        merge: async (input) => {
          left.push(input);
          throw new Error('killed');
        },
        deleteRef: async () => undefined,
      },
    };
    await expect(publishChange(killed, mark(lake, 'a'))).rejects.toThrow('killed');
    expect(await branches(lake)).toEqual(['main', left[0]!.from.name]);
    expect(await publishChange(lake, mark(lake, 'a'))).toBe('published');
    expect(await branches(lake)).toEqual(['main']);
  });

  test('bug: a branch that another attempt took away is a lost race, not the end', async () => {
    const lake = await lakeWithTable();
    let taken = 0;
    const robbed = withMerge(lake, async (input) => {
      if (taken === 0) {
        taken += 1;
        await lake.nessie.deleteRef(await lake.nessie.getRef(input.from.name));
      }
      return lake.nessie.merge(input);
    });
    expect(await publishChange(robbed, mark(lake, 'a'))).toBe('published');
    expect(taken).toBe(1);
  });

  test('a merge whose answer got lost is unknown, and the next call finds it done', async () => {
    const lake = await lakeWithTable();
    const deaf = withMerge(lake, async (input) => {
      await lake.nessie.merge(input);
      return { outcome: 'unknown', cause: new Error('no answer') };
    });
    await expect(publishChange(deaf, mark(lake, 'a'))).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    expect(await publishChange(lake, mark(lake, 'a'))).toBe('nothing');
    expect(await markOf(lake)).toBe('a');
  });
});

describe('a batch of the same pipeline on its audit branch', () => {
  const withOwner = async (lake: Lake): Promise<void> => {
    const change: LakeChange = {
      ...mark(lake, 'owner'),
      stage: async (tables) => [
        await stageChange(
          lake,
          tables.get('db.events')!,
          { operation: 'none', properties: { 'sluice.pipeline': 'p' } },
          { planId: 'owner', timestampMs: 1 },
        ),
      ],
    };
    expect(await publishChange(lake, change)).toBe('published');
  };
  const branch = async (lake: Lake, name: string) =>
    lake.nessie.createRef({ name, type: 'BRANCH', from: await lake.nessie.getRef('main') });

  test('is waited for, before staging and again before the merge', async () => {
    const lake = await lakeWithTable();
    await withOwner(lake);
    const steps: string[] = [];
    const first = await branch(lake, 'batch.p.1');
    const change = mark(lake, 'a', async () => {
      steps.push('staged');
      if (steps.length > 2) return;
      const second = await branch(lake, 'batch.p.2');
      setTimeout(() => void (steps.push('batch 2'), lake.nessie.deleteRef(second)), 60);
    });
    setTimeout(() => void (steps.push('batch 1'), lake.nessie.deleteRef(first)), 60);
    expect(await publishChange(lake, change)).toBe('published');
    expect(steps).toEqual(['batch 1', 'staged', 'batch 2', 'staged']);
    expect(await branches(lake)).toEqual(['main']);
  });

  test('is waited for no longer than patience lasts: held batches keep their branch', async () => {
    const lake = await lakeWithTable();
    await withOwner(lake);
    await branch(lake, 'batch.p.1');
    expect(await publishChange(lake, { ...mark(lake, 'a'), patienceMs: 50 })).toBe('published');
  });

  test('of another pipeline is not waited for', async () => {
    const lake = await lakeWithTable();
    await withOwner(lake);
    await branch(lake, 'batch.p.q.1');
    await branch(lake, 'batch.q.1');
    expect(await publishChange(lake, { ...mark(lake, 'a'), patienceMs: 3_600_000 })).toBe('published');
  });
});
