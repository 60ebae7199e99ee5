import { locationOf } from '../../../bench/peers/drop-tables';

describe('the place of a table that another program made', () => {
  it('is the folder above its metadata', () => {
    expect(locationOf('s3://lake-data/db/t_1/metadata/00001-a.metadata.json')).toBe('s3://lake-data/db/t_1');
  });

  it.each([
    's3://lake-data/metadata/00001-a.metadata.json',
    's3://lake-data/db/t/00001-a.metadata.json',
    'file:/t/metadata/a.json',
  ])('is not guessed: %s', (uri) => expect(() => locationOf(uri)).toThrow('delete the table by hand'));
});
