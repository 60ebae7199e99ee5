import { pastFile } from '../../../../bench/speed/scale/past-file';
import { currentSchema, defaultSpec } from '../../../../lake/iceberg/metadata';
import { decodeValue } from '../../../../lake/iceberg/values';
import { dataFile, day, newTable } from '../../../lake/fixtures';

describe('pastFile', () => {
  const { metadata } = newTable();
  const file = dataFile({
    name: 'now',
    partition: [19_700],
    bounds: {
      1: { type: 'long', min: 5n, max: 9n },
      2: { type: 'timestamptz', min: 19_700n * day, max: 19_700n * day + 7n },
    },
  });
  const past = pastFile(file, {
    days: 3,
    filePath: 's3://lake/db/events/data/past.parquet',
    schema: currentSchema(metadata),
    spec: defaultSpec(metadata),
  });

  it('moves times and the day by so many days', () => {
    expect(past.partition).toEqual([19_697]);
    expect(decodeValue('timestamptz', past.lowerBounds.get(2)!)).toBe(19_697n * day);
    expect(decodeValue('timestamptz', past.upperBounds.get(2)!)).toBe(19_697n * day + 7n);
  });

  it('keeps everything else', () => {
    expect(decodeValue('long', past.upperBounds.get(1)!)).toBe(9n);
    expect({ ...past, filePath: file.filePath, partition: file.partition }).toMatchObject({
      recordCount: file.recordCount,
      fileSizeBytes: file.fileSizeBytes,
      valueCounts: file.valueCounts,
    });
    expect(past.filePath).toBe('s3://lake/db/events/data/past.parquet');
  });
});
