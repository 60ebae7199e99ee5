import type { Activities } from '../../../activities/index';
import type { BatchPlan } from '../../../activities/wire';

export interface Recorder {
  readonly calls: string[];
  readonly activities: Activities;
}

/** Activities that do nothing but remember the order of the calls; single ones can be replaced. */
export function fakeActivities(overrides: Partial<Activities> = {}): Recorder {
  const calls: string[] = [];
  const note = (name: string, seq: string): void => {
    calls.push(`${name} ${seq}`);
  };
  const activities: Activities = {
    openPipeline: async () => ({
      lastSeq: '0',
      identity: { clusterId: 'c', topicId: 't' },
      positions: [{ partition: 0, next: '0' }],
      maxEventTimesMs: {},
    }),
    planBatch: async ({ lastSeq, positions }) => ({
      positions,
      backlog: 0,
      plan: planOf(String(BigInt(lastSeq) + 1n)),
    }),
    ingestRange: async ({ plan }) => {
      note('ingest', plan.seq);
      return {
        tallies: [{ partition: 0, records: 1, rows: 1, rejected: 0, markers: 0, contentHash: '0' }],
        raw: { files: [] },
        rejected: { files: [] },
        rawBytes: 0,
      };
    },
    closeWindows: async ({ plan }) => {
      note('windows', plan.seq);
      return { maxEventTimesMs: {}, tables: [], lateRows: 0, states: {} };
    },
    stageBatch: async ({ plan }) => {
      note('stage', plan.seq);
      return {
        outcome: 'staged',
        staged: { branch: `batch.p.${plan.seq}`, baseHash: 'a', branchHash: 'b', tables: [] },
      };
    },
    auditBatch: async ({ plan }) => {
      note('audit', plan.seq);
      return { filesAudited: 0, rowsAudited: 0, checks: [] };
    },
    publishBatch: async ({ plan }) => {
      note('publish', plan.seq);
      return { outcome: 'published', hash: `h${plan.seq}`, publishedAtMs: 1 };
    },
    announceBatch: async ({ plan }) => note('announce', plan.seq),
    dropBranch: async ({ branch }) => note('drop', branch.split('.').at(-1) ?? ''),
    evolveTables: async () => {
      calls.push('evolve');
      return { created: [], changed: [], hash: 'e' };
    },
    planCompaction: async () => [],
    rewriteGroup: async ({ group }) => ({
      group,
      added: { files: [] },
      mode: 're-encoded',
      definition: 'd',
      rows: 0,
      deletedRows: 0,
      sizeBytes: 0,
    }),
    publishCompaction: async () => ({
      outcome: 'nothing',
      filesBefore: 0,
      filesAfter: 0,
      deleteFilesRemoved: 0,
      wastedGroups: 0,
    }),
    dropRows: async () => ({ outcome: 'nothing', tables: [] }),
    rewriteManifests: async ({ table }) => {
      const none = { manifests: 0, perScan: 0 };
      return { table, outcome: 'fine', before: none, after: none };
    },
    cleanBranches: async () => ({ branches: [], warnings: [] }),
    sweepLake: async () => {
      throw new Error('no sweep here');
    },
    expireTable: async ({ table }) => ({ table, outcome: 'nothing', removed: 0, kept: 0, refsRemoved: [] }),
    ...overrides,
  };
  return { calls, activities };
}

export function planOf(seq: string): BatchPlan {
  const range = { partition: 0, from: String(Number(seq) - 1), to: seq };
  return {
    seq,
    planId: `plan-${seq}`,
    plannedAtMs: 0,
    identity: { clusterId: 'c', topicId: 't' },
    partitions: [0],
    positions: [],
    ranges: [range],
    groups: [[range]],
    idle: [],
  };
}
