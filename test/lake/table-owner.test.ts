import { ownerProperties, requireOwner, tableOwner } from '../../lake/table-owner';
import type { LoadedTable } from '../../lake/lake';

const table = (properties: Record<string, string>): LoadedTable =>
  ({ name: { namespace: 'db', name: 'events' }, metadata: { properties } }) as unknown as LoadedTable;

describe('a table belongs to one pipeline', () => {
  it.each([
    ['by its property', { ...ownerProperties('a') }],
    ['by a progress record, when it was made without', { 'sluice.a.progress': '{}', 'sluice.a.pipeline': '{}' }],
  ])('%s', (_, properties) => {
    expect(tableOwner({ properties })).toBe('a');
    expect(() => requireOwner([table(properties)], 'a')).not.toThrow();
    expect(() => requireOwner([table({}), table(properties)], 'b')).toThrow(
      expect.objectContaining({
        code: 'TABLE_TAKEN',
        message: 'table db.events belongs to pipeline a',
        cure: expect.stringContaining('the file of b'),
      }),
    );
  });

  it('and to nobody before anybody has claimed it', () => {
    expect(tableOwner({ properties: { 'write.format.default': 'parquet' } })).toBeUndefined();
    expect(() => requireOwner([table({})], 'b')).not.toThrow();
  });
});
