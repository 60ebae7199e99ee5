import { guardTopic, inspectTopic } from '../../activities/inspect-topic';
import { SluiceError } from '../../base/errors';
import type { PartitionOffsets } from '../../stream/kafka/cluster';
import type { Standing } from '../../stream/topic-guard';

const standing: Standing = {
  topic: 'events',
  clusterId: 'c',
  topicId: 't',
  positions: [{ partition: 0, next: 100n, leaderEpoch: 4 }],
};

/** Answers with one listing after the other, the last one for ever. */
function broker(listings: readonly Partial<PartitionOffsets>[], epochEnd?: bigint) {
  const asked: string[] = [];
  let look = 0;
  return {
    asked,
    describeTopic: async (topic: string) => ({ clusterId: 'c', topic, topicId: 't', partitions: [0] }),
    listOffsets: async () => {
      const listing = listings[Math.min(look++, listings.length - 1)];
      return [{ partition: 0, earliest: 0n, lastStable: 500n, highWatermark: 500n, leaderEpoch: 4, ...listing }];
    },
    epochEnd: async ({ partition, epoch }: { partition: number; epoch: number }) => {
      asked.push(`${partition}@${epoch}`);
      return epochEnd;
    },
  };
}

const guard = (kafka: ReturnType<typeof broker>) => guardTopic(kafka, { pipeline: 'p', topic: 'events', standing });

describe('a look at a topic', () => {
  it('asks nothing more while the leader stays', async () => {
    const kafka = broker([{}]);
    expect((await inspectTopic(kafka, 'events', standing)).incidents).toEqual([]);
    expect(kafka.asked).toEqual([]);
  });

  it('names the command that goes on when a topic that was read before is gone', async () => {
    const gone = {
      ...broker([{}]),
      describeTopic: async () => {
        throw new SluiceError('TOPIC_NOT_FOUND', 'no topic events');
      },
    };
    await expect(guard(gone)).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      message: 'no topic events; p has read topic id t of that name',
      cure: expect.stringContaining('sluice resume p --accept-new-topic'),
    });
  });

  it('asks a new leader where the log of the old one ends', async () => {
    const whole = broker([{ leaderEpoch: 6 }], 100n);
    expect((await inspectTopic(whole, 'events', standing)).incidents).toEqual([]);
    expect(whole.asked).toEqual(['0@4']);
    const cut = broker([{ leaderEpoch: 6 }], 60n);
    expect((await inspectTopic(cut, 'events', standing)).incidents).toMatchObject([
      { code: 'OFFSETS_RESET', gaps: [{ from: 100n, to: 60n }] },
    ]);
  });

  it('takes an epoch that the leader does not know for no answer', async () => {
    const kafka = broker([{ leaderEpoch: 6 }], undefined);
    expect((await inspectTopic(kafka, 'events', standing)).incidents).toEqual([]);
  });

  it('compares nothing before anything was read', async () => {
    expect((await inspectTopic(broker([{ earliest: 400n }]), 'events', undefined)).incidents).toEqual([]);
  });
});

describe('the guard', () => {
  it('looks twice before it stops a pipeline', async () => {
    await expect(guard(broker([{ highWatermark: 90n, lastStable: 90n }, {}]))).resolves.toMatchObject({
      incidents: [],
    });
    await expect(guard(broker([{ earliest: 130n }]))).rejects.toMatchObject({
      code: 'OFFSETS_EXPIRED',
      cure: expect.stringContaining('sluice resume p --accept-gap'),
    });
  });
});
