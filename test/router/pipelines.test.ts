import { newTableMetadata } from '../../lake/create-table';
import type { LoadedTable } from '../../lake/lake';
import { progressProperties, type Progress } from '../../lake/progress';
import { findPipelines, pipelineStatus } from '../../router/pipelines';
import type { TopicEnds } from '../../router/lag';

const progress: Progress = {
  version: 1,
  batch: 7n,
  topic: 'events',
  topicId: 'id-1',
  clusterId: 'c',
  partitions: { '0': { next: 100n, maxEventTimeMs: 5_000 }, '1': { next: 9007199254740993n } },
  watermarkMs: 4_000,
};

function table(name: string, properties: Record<string, string>): LoadedTable {
  const metadata = newTableMetadata({
    name: { namespace: 'db', name },
    location: 's3://b/t',
    columns: [],
    nowMs: 0,
    seed: name,
    properties,
  });
  return {
    name: { namespace: 'db', name },
    metadata,
    content: { metadataLocation: '', snapshotId: -1n, schemaId: 0, specId: 0, sortOrderId: 0 },
  };
}

const definition = JSON.stringify({
  name: 'p.q',
  source: { watermarkMs: 999 },
  table: { namespace: 'db', name: 'raw' },
  windows: [{ table: { namespace: 'db', name: 'w' } }],
});
const raw = table('raw', { ...progressProperties('p.q', progress), 'sluice.p.q.pipeline': definition });
const offset = (partition: number, earliest: bigint, lastStable: bigint) => ({
  partition,
  earliest,
  lastStable,
  highWatermark: lastStable,
});
const status = (ends: TopicEnds, lastBatchMs?: number) =>
  pipelineStatus({
    found: findPipelines([raw])[0]!,
    ends,
    rows: { raw: 1n, rejected: 2n, late: 3n },
    lastBatchMs,
    nowMs: 10_000,
  });

describe('findPipelines', () => {
  it('goes by the properties of tables, and leaves copies out', () => {
    const copy = table('copy', raw.metadata.properties as Record<string, string>);
    expect(findPipelines([table('other', {}), copy, raw]).map(({ name, raw: own }) => [name, own.name.name])).toEqual([
      ['p.q', 'raw'],
    ]);
  });

  it('a pipeline without its definition is found too', () => {
    expect(findPipelines([table('x', progressProperties('old', progress))])).toMatchObject([
      { name: 'old', definition: undefined, progress: { batch: 7n } },
    ]);
  });
});

describe('pipelineStatus', () => {
  it('lag is Kafka minus lake, per partition, new partitions included', () => {
    expect(
      status(
        { topicId: 'id-1', offsets: [offset(0, 0n, 130n), offset(1, 0n, 9007199254740993n), offset(2, 5n, 9n)] },
        8_500,
      ),
    ).toEqual({
      name: 'p.q',
      topic: 'events',
      table: 'db.raw',
      windows: ['db.w'],
      batch: 7n,
      watermark: '1970-01-01T00:00:04.000Z',
      partitions: [
        { partition: 0, next: 100n, end: 130n, lag: 30n, maxEventTime: '1970-01-01T00:00:05.000Z' },
        { partition: 1, next: 9007199254740993n, end: 9007199254740993n, lag: 0n, maxEventTime: null },
        { partition: 2, next: 5n, end: 9n, lag: 4n, maxEventTime: null },
      ],
      lag: 34n,
      lastBatchAt: '1970-01-01T00:00:08.500Z',
      freshnessSeconds: 1.5,
      rows: { raw: 1n, rejected: 2n, late: 3n },
    });
  });

  it('without Kafka the rest is still there', () => {
    expect(status({ problem: 'no broker answers' })).toMatchObject({
      lag: null,
      problem: 'no broker answers',
      batch: 7n,
      freshnessSeconds: null,
      partitions: [
        { partition: 0, next: 100n, end: null, lag: null },
        { partition: 1, lag: null },
      ],
    });
  });

  it('names partitions without an event time that hold the watermark, and only where they do', () => {
    const of = (change: Partial<Progress>) =>
      pipelineStatus({
        found: { ...findPipelines([raw])[0]!, progress: { ...progress, ...change } },
        ...{ ends: { problem: '' }, rows: { raw: 0n, rejected: 0n, late: 0n }, lastBatchMs: 0, nowMs: 0 },
      }).watermarkHeldBy;
    expect(of({})).toBeUndefined();
    expect(of({ watermarkMs: 3_999 })).toEqual([1]);
    const { watermarkMs: _, ...none } = progress;
    expect(of({ ...none, watermarkMs: undefined as never })).toEqual([1]);
    expect(
      of({ watermarkMs: 3_999, partitions: { '0': { next: 1n, maxEventTimeMs: 5_000 }, '1': { next: 0n } } }),
    ).toBeUndefined();
  });

  it('says when the topic is another one', () => {
    expect(status({ topicId: 'id-2', offsets: [offset(0, 0n, 3n)] })).toMatchObject({
      lag: null,
      problem: expect.stringContaining('created again') as string,
    });
  });
});
