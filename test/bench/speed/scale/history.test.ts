import { growTable } from '../../../../bench/speed/scale/history';
import { memoryStore } from '../../../../lake/objects/memory-store';
import { planScan } from '../../../../lake/scan';
import { applied, dataFile, day, newTable } from '../../../lake/fixtures';

describe('growTable', () => {
  const at = 19_700n * day;
  const files = ['a', 'b'].map((name) =>
    dataFile({ name, rows: 50n, bounds: { 2: { type: 'timestamptz', min: at, max: at + 7n } } }),
  );

  it('makes so many snapshots with the files of a batch each, all of them before the batch', async () => {
    const store = memoryStore();
    const grown = applied(
      await growTable({ store }, { table: newTable(), files, snapshots: 45, say: () => undefined }),
    );
    expect(grown.metadata.snapshots).toHaveLength(45);
    const all = await planScan({ store }, grown);
    expect(all.files).toHaveLength(90);
    expect(new Set(all.files.map(({ file }) => file.filePath)).size).toBe(90);
    // A batch that looks for rows of its own minutes finds none of the past.
    const now = await planScan({ store }, grown, { ranges: [{ column: 'at', min: at, max: at + day }] });
    expect(now.files).toHaveLength(0);
    expect([...new Set(all.files.map(({ file }) => file.partition[0]))].sort()).toEqual([19_697, 19_698, 19_699]);
  });

  it('needs a snapshot at least', async () => {
    const input = { table: newTable(), files, snapshots: 0, say: () => undefined };
    await expect(growTable({ store: memoryStore() }, input)).rejects.toThrow('expected at least one snapshot, found 0');
  });
});
