import type { PartitionOffsets } from '../../stream/kafka/cluster';
import { incidentError, topicIncidents } from '../../stream/topic-guard';
import type { StandingPosition } from '../../stream/topic-guard';

const topic = { clusterId: 'c', topic: 'events', topicId: 'id-1', partitions: [0, 1] };
const offsets = (...ends: [earliest: number, end: number][]): readonly PartitionOffsets[] =>
  ends.map(([earliest, end], partition) => ({
    partition,
    earliest: BigInt(earliest),
    lastStable: BigInt(end),
    highWatermark: BigInt(end),
  }));
const at = (...next: number[]): readonly StandingPosition[] =>
  next.map((offset, partition) => ({ partition, next: BigInt(offset) }));
const look = (
  positions: readonly StandingPosition[],
  found: readonly PartitionOffsets[],
  topicId = 'id-1',
  topicName = 'events',
) => topicIncidents({ standing: { topic: topicName, clusterId: 'c', topicId, positions }, topic, offsets: found });

describe('what can be wrong between a lake and its topic', () => {
  it('nothing: positions lie in the log, added partitions begin at 0', () => {
    expect(look(at(5, 9), offsets([5, 9], [0, 9], [0, 4]))).toEqual([]);
  });

  it('TOPIC_RECREATED for the same topic id on another cluster: an id is unique in its own only', () => {
    const standing = { topic: 'events', clusterId: 'elsewhere', topicId: 'id-1', positions: at(5, 9) };
    expect(topicIncidents({ standing, topic, offsets: offsets([0, 9], [0, 9]) })).toMatchObject([
      { code: 'TOPIC_RECREATED', message: expect.stringContaining('on cluster c, before elsewhere') as string },
    ]);
  });

  it('OFFSETS_EXPIRED names the hole', () => {
    expect(look(at(40, 9), offsets([55, 100], [0, 9]))).toEqual([
      {
        code: 'OFFSETS_EXPIRED',
        message: 'events/0: offsets 40 to 54 (15) were deleted before they were read; the log begins at 55',
        gaps: [{ code: 'OFFSETS_EXPIRED', partition: 0, from: 40n, to: 55n, lost: 15n }],
      },
    ]);
  });

  it('OFFSETS_EXPIRED for an added partition whose start is gone', () => {
    expect(look(at(40), offsets([0, 100], [3, 9]))).toMatchObject([
      { code: 'OFFSETS_EXPIRED', gaps: [{ partition: 1, from: 0n, to: 3n, lost: 3n }] },
    ]);
  });

  it('OFFSETS_RESET where the log ends below what was read', () => {
    expect(look(at(100), offsets([0, 80]))).toEqual([
      {
        code: 'OFFSETS_RESET',
        message: 'events/0: the log ends at 80, but offsets up to 99 were read already',
        gaps: [{ code: 'OFFSETS_RESET', partition: 0, from: 100n, to: 80n, lost: 0n }],
      },
    ]);
  });

  it('OFFSETS_RESET where the log was cut and has grown beyond since: its leader epochs tell', () => {
    const [incident] = look([{ partition: 0, next: 100n, epochEnd: 60n }], offsets([0, 500]));
    expect(incident).toMatchObject({
      code: 'OFFSETS_RESET',
      message: 'events/0: the log was cut at 60 and written on since, to 500, but offsets up to 99 were read already',
      gaps: [{ from: 100n, to: 60n, lost: 0n }],
    });
    expect(look([{ partition: 0, next: 100n, epochEnd: 100n }], offsets([0, 500]))).toEqual([]);
  });

  it('OFFSETS_RESET behind which events have expired too gives up both', () => {
    expect(look(at(100), offsets([85, 85]))[0]).toMatchObject({ gaps: [{ to: 85n }] });
    expect(look([{ partition: 0, next: 100n, epochEnd: 60n }], offsets([70, 90]))[0]!.gaps).toEqual([
      { code: 'OFFSETS_RESET', partition: 0, from: 100n, to: 60n, lost: 0n },
      { code: 'OFFSETS_EXPIRED', partition: 0, from: 60n, to: 70n, lost: 10n },
    ]);
  });

  it('PARTITIONS_SHRUNK where a partition is gone: nothing helps', () => {
    expect(look(at(5, 9), offsets([0, 9]))).toEqual([
      { code: 'PARTITIONS_SHRUNK', message: 'events/1 no longer exists; it was read up to offset 9', gaps: [] },
    ]);
  });

  it('TOPIC_RECREATED for another id, whatever the offsets; reading begins at the start of each partition', () => {
    expect(look(at(5, 9), offsets([0, 50], [2, 4]), 'id-0')).toEqual([
      {
        code: 'TOPIC_RECREATED',
        message: 'topic events was created again: it has id id-1; the lake was filled from id-0, up to 0:5 1:9',
        gaps: [
          { code: 'TOPIC_RECREATED', partition: 0, from: 0n, to: 0n, lost: 0n },
          { code: 'TOPIC_RECREATED', partition: 1, from: 0n, to: 2n, lost: 2n },
        ],
      },
    ]);
  });

  it('TOPIC_RECREATED names both topics when the file names another one', () => {
    expect(look(at(5), offsets([0, 50]), 'id-0', 'clicks')[0]!.message).toBe(
      'the pipeline reads topic events, id-1; the lake was filled from clicks, id-0, up to 0:5',
    );
  });
});

describe('the error of incidents', () => {
  it('has the gravest code, every sentence, and the command that goes on', () => {
    const error = incidentError('p', look(at(100, 1), offsets([0, 80], [5, 9])));
    expect(error.code).toBe('OFFSETS_RESET');
    expect(error.message).toContain('; events/1: offsets 1 to 4 (4) were deleted');
    expect(error.cure).toMatch(/sluice resume p --accept-reset --accept-gap --why "…"$/);
  });

  it('bug: behind a cut the beginning of the log was gone, too, and the command named half of what must be agreed to', () => {
    const found = look([{ partition: 0, next: 100n, epochEnd: 60n }], offsets([70, 90]));
    expect(incidentError('p', found).cure).toMatch(
      /go on behind the cut: sluice resume p --accept-reset --accept-gap --why "…"$/,
    );
  });

  it('offers no command where partitions are gone', () => {
    expect(incidentError('p', look(at(5, 9), offsets([7, 9]))).cure).not.toContain('sluice');
  });
});
