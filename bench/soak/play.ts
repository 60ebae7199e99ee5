import { createActivities } from '../../activities/index';
import type { Activities } from '../../activities/index';
import type { IngestResult } from '../../activities/wire';
import { formatTableName } from '../../base/table-name';
import { loadTables } from '../../lake/lake';
import { manifestsOf } from '../../lake/manifests';
import { currentSnapshot } from '../../lake/iceberg/metadata';
import { tablesOf } from '../../pipeline/tables';
import { openDependencies } from '../../workers/dependencies';
import { asActivity } from '../../test/fuzz/activity-context';
import type { Lakehouse } from '../../test/real/support/lakehouse';

/** Size of what every batch reads or writes again, over the tables of a pipeline. */
export interface LakeSize {
  readonly metadataBytes: number;
  readonly manifests: number;
  readonly liveFiles: number;
  readonly snapshots: number;
}

export interface Player {
  /** One batch of what waits in the topic; times of its two calls to the catalog's side. */
  batch(): Promise<{ readonly stageMs: number; readonly publishMs: number }>;
  /** Compaction, expiry and clustering of manifests over all tables, as the schedules run them. */
  upkeep(id: string): Promise<void>;
  size(): Promise<LakeSize>;
  close(): Promise<void>;
}

/** Runs the activities of a worker one after the other, without Temporal between them: what is measured is the lake. */
export async function openPlayer(house: Lakehouse): Promise<Player> {
  const { pipeline, config, lake } = house;
  const opened = await openDependencies(config, { batchPublished: () => undefined, publishConflict: () => undefined });
  const raw = createActivities(opened.deps);
  const activities = Object.fromEntries(
    Object.entries(raw).map(([name, run]) => [
      name,
      (input: never) => asActivity(() => (run as (input: never) => Promise<unknown>)(input)),
    ]),
  ) as unknown as Activities;
  const { lastSeq, ...state } = await activities.openPipeline({ pipeline });
  let seq = lastSeq;
  let positions = state.positions;
  const tables = tablesOf(pipeline).map(formatTableName);

  return {
    async batch() {
      const planned = await activities.planBatch({ pipeline, ...state, lastSeq: seq, positions });
      const { plan } = planned;
      if (!plan) throw new Error('no batch was needed: the events are not there');
      [seq, positions] = [plan.seq, planned.positions];
      const ingested: IngestResult[] = [];
      for (const ranges of plan.groups) ingested.push(await activities.ingestRange({ pipeline, plan, ranges }));
      const workflowId = `soak/${plan.seq}`;
      const windows = await activities.closeWindows({ pipeline, plan, ingested, workflowId });
      const [stage, stageMs] = await timed(() => activities.stageBatch({ pipeline, plan, ingested, windows }));
      if (stage.outcome !== 'staged') throw new Error(`batch ${plan.seq} ended as ${stage.outcome}`);
      const { staged } = stage;
      await activities.auditBatch({ pipeline, plan, ingested, windows, staged });
      const [published, publishMs] = await timed(() =>
        activities.publishBatch({ pipeline, plan, staged, warnings: [] }),
      );
      if (published.outcome !== 'published') throw new Error(`batch ${plan.seq} ended as ${published.outcome}`);
      await activities.dropBranch({ branch: staged.branch });
      return { stageMs, publishMs };
    },
    async upkeep(id) {
      const groups = await activities.planCompaction({ tables });
      for (const table of new Set(groups.map((group) => group.table))) {
        const rewritten = [];
        for (const group of groups)
          if (group.table === table) rewritten.push(await activities.rewriteGroup({ group, id }));
        await activities.publishCompaction({ table, id, part: 0, groups: rewritten, startedAtMs: Date.now() });
      }
      for (const table of tables)
        await activities.expireTable({ table, id, overrides: { snapshotsMs: 1, minSnapshots: 100 } });
      for (const table of tables) await activities.rewriteManifests({ table, id });
    },
    async size() {
      const { hash } = await lake.nessie.getRef(lake.mainBranch);
      let size: LakeSize = { metadataBytes: 0, manifests: 0, liveFiles: 0, snapshots: 0 };
      for (const { content, metadata } of (await loadTables(lake, hash, tablesOf(pipeline))).values()) {
        const manifests = await manifestsOf(lake.store, currentSnapshot(metadata));
        size = {
          metadataBytes: size.metadataBytes + Number((await lake.store.head(content.metadataLocation))!.sizeBytes),
          manifests: size.manifests + manifests.length,
          liveFiles:
            size.liveFiles +
            manifests.reduce((sum, { addedFiles, existingFiles }) => sum + addedFiles + existingFiles, 0),
          snapshots: size.snapshots + metadata.snapshots.length,
        };
      }
      return size;
    },
    close: opened.close,
  };
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const startedAt = performance.now();
  return [await work(), performance.now() - startedAt];
}
