import {
  offsetsLost,
  progressProperties,
  readProgress,
  readSoFar,
  streamRead,
  type Progress,
} from '../../lake/progress';
import { newTable } from './fixtures';

const progress: Progress = {
  version: 1,
  batch: 12n,
  topic: 'user_events',
  topicId: 'a-b',
  clusterId: 'c',
  partitions: { '0': { next: 9007199254740993n, maxEventTimeMs: 5 }, '10': { next: 0n, caughtUpSinceMs: 7 } },
  watermarkMs: -1,
};

describe('the progress record', () => {
  const { metadata } = newTable();
  const withProperties = (properties: Record<string, string>) => ({
    ...metadata,
    properties: { ...metadata.properties, ...properties },
  });

  test('comes back from a table property exactly, offsets beyond 2^53 too', () => {
    const properties = progressProperties('user-activity', progress);
    expect(Object.keys(properties)).toEqual(['sluice.user-activity.progress']);
    expect(readProgress(withProperties(properties), 'user-activity')).toEqual(progress);
    expect(JSON.parse(Object.values(properties)[0]!).partitions['0'].next).toBe('9007199254740993');
  });

  test('is the same text for the same position, whatever the order of keys', () => {
    const { partitions, ...rest } = progress;
    const turned = { partitions: { '10': partitions['10']!, '0': partitions['0']! }, ...rest };
    expect(progressProperties('p', turned)).toEqual(progressProperties('p', progress));
  });

  test('is absent before the first batch, and refused in a form from the future', () => {
    expect(readProgress(metadata, 'user-activity')).toBeUndefined();
    expect(() => readProgress(withProperties({ 'sluice.p.progress': '{"version":2}' }), 'p')).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED_TABLE' }),
    );
  });
});

describe('offsets of another topic', () => {
  const now = { topicId: 'b', partitions: { '0': { next: 5n }, '1': { next: 7n } } };

  test('mean other rows where the topic was created again, or its log was cut', () => {
    expect(offsetsLost({ topicId: 'b', offsets: { '0': '5' } }, now)).toBeUndefined();
    expect(offsetsLost({ topicId: 'a', offsets: { '0': '5' } }, now)).toBe('created again');
    expect(offsetsLost({ topicId: 'b', offsets: { '0': '6' } }, now)).toBe('cut');
    expect(offsetsLost({ topicId: 'b', offsets: { '2': '1' } }, now)).toBe('cut');
  });

  test('bug: mean other rows after a cut, also where the log has grown past its old end since', () => {
    const cut = { ...now, cuts: { '0': ['4'] } };
    const before = { topicId: 'b', offsets: { '0': '5', '1': '7' } };
    expect(offsetsLost(before, cut)).toBe('cut');
    expect(offsetsLost({ ...before, offsets: { '0': '4', '1': '7' } }, cut)).toBeUndefined();
    const since = readSoFar(cut);
    expect(since).toEqual({ topicId: 'b', offsets: { '0': '5', '1': '7' }, cuts: { '0': 1 } });
    expect(
      offsetsLost(since, { ...now, partitions: { ...now.partitions, '0': { next: 9n } }, ...{ cuts: cut.cuts } }),
    ).toBeUndefined();
    expect(offsetsLost(since, { ...now, cuts: { '0': ['4', '3'] } })).toBe('cut');
  });

  test('of a record of Sluice 0.1 are judged by the offsets alone', () => {
    const old = streamRead({ streams: { bids: { '0': '9' } } }, 'bids');
    expect(old).toEqual({ topicId: undefined, offsets: { '0': '9' } });
    expect(offsetsLost(old!, now)).toBe('cut');
    expect(streamRead({ streams: { bids: readSoFar(now) } }, 'bids')).toEqual(readSoFar(now));
    expect(streamRead({}, 'bids')).toBeUndefined();
  });
});
