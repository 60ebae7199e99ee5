import fc from 'fast-check';
import { chooseGroups, targetFileBytes } from '../../lake/compaction';
import type { ScanFile } from '../../lake/scan';
import { dataFile } from './fixtures';

interface Made {
  readonly name: string;
  readonly sizeBytes: bigint;
  readonly partition?: number;
  readonly deletes?: readonly string[];
  readonly sortOrderId?: number;
  readonly specId?: number;
}

const scanned = ({ name, sizeBytes, partition = 1, deletes = [], sortOrderId, specId = 0 }: Made): ScanFile => {
  const { sortOrderId: _own, ...file } = dataFile({ name, sizeBytes, partition: [partition] });
  return {
    file: { ...file, specId, ...(sortOrderId !== undefined && { sortOrderId }) },
    dataSequenceNumber: 1n,
    addedSnapshotId: 1n,
    deletes: deletes.map((delete_) => ({ ...dataFile({ name: delete_ }), content: 1 as const })),
  };
};
const nameOf = ({ file }: ScanFile): string => file.filePath.split('/').pop()!.split('.')[0]!;
const choose = (files: readonly Made[], options: Partial<Parameters<typeof chooseGroups>[1]> = {}) =>
  chooseGroups(files.map(scanned), { targetBytes: 100, minFiles: 2, ...options }).map(({ files: group, reason }) => ({
    names: group.map(nameOf),
    reason,
  }));
const namesOf = (groups: ReturnType<typeof choose>) => groups.map(({ names }) => names);

describe('choosing what to compact', () => {
  test('packs small files of one partition up to the target size', () => {
    const files = [
      { name: 'a', sizeBytes: 40n },
      { name: 'b', sizeBytes: 40n, partition: 2 },
      { name: 'c', sizeBytes: 40n },
      { name: 'd', sizeBytes: 40n },
      { name: 'e', sizeBytes: 40n },
      { name: 'big', sizeBytes: 75n },
      { name: 'f', sizeBytes: 40n, partition: 2 },
    ];
    expect(choose(files)).toEqual([
      { names: ['a', 'c'], reason: 'small files' },
      { names: ['d', 'e'], reason: 'small files' },
      { names: ['b', 'f'], reason: 'small files' },
    ]);
  });

  test('leaves partitions with few small files, and files that would stand alone', () => {
    const two = [
      { name: 'a', sizeBytes: 10n },
      { name: 'b', sizeBytes: 10n },
    ];
    expect(choose(two, { minFiles: 3 })).toEqual([]);
    expect(choose([...two, { name: 'c', sizeBytes: 10n, partition: 2 }])).toHaveLength(1);
  });

  test('keeps specs apart', () => {
    expect(
      choose([
        { name: 'a', sizeBytes: 10n },
        { name: 'b', sizeBytes: 10n, specId: 1 },
      ]),
    ).toEqual([]);
  });

  test('a file takes part only where the smaller ones together weigh at least half as much', () => {
    const small = Array.from({ length: 6 }, (_, i) => ({ name: `s${i}`, sizeBytes: 3n }));
    const names = small.map(({ name }) => name);
    expect(namesOf(choose([{ name: 'large', sizeBytes: 60n }, ...small]))).toEqual([names]);
    expect(namesOf(choose([{ name: 'double', sizeBytes: 36n }, ...small]))).toEqual([['double', ...names]]);
  });

  test('files with row deletes are rewritten however few and large they are', () => {
    const files = [
      { name: 'a', sizeBytes: 99n, deletes: ['d'] },
      { name: 'b', sizeBytes: 99n },
    ];
    expect(choose(files, { minFiles: 5 })).toEqual([{ names: ['a'], reason: 'row deletes' }]);
  });

  test('asked to sort, takes the files that are not sorted yet, whatever their size', () => {
    const files = [
      { name: 'a', sizeBytes: 99n, sortOrderId: 1 },
      { name: 'b', sizeBytes: 99n },
      { name: 'c', sizeBytes: 2n },
    ];
    expect(choose(files, { sortOrderId: 1 })).toEqual([
      { names: ['b'], reason: 'unsorted' },
      { names: ['c'], reason: 'unsorted' },
    ]);
  });

  test('run again and again while files of one size arrive, a byte is rewritten a logarithm of times', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 50, max: 400 }), (every, arrivals) => {
        let files: Made[] = [];
        let rewritten = 0;
        for (let i = 0; i < arrivals; i += 1) {
          files.push({ name: `f${i}`, sizeBytes: 10n });
          if (i % every !== 0) continue;
          const groups = choose(files, { targetBytes: 1e9, minFiles: 5 });
          for (const { names } of groups) {
            const merged = files.filter(({ name }) => names.includes(name));
            const sizeBytes = merged.reduce((sum, file) => sum + file.sizeBytes, 0n);
            rewritten += Number(sizeBytes);
            files = [...files.filter(({ name }) => !names.includes(name)), { name: `m${i}`, sizeBytes }];
          }
        }
        expect(rewritten / (arrivals * 10)).toBeLessThanOrEqual(Math.log(arrivals) / Math.log(1.5) + 1);
        expect(files.length).toBeLessThanOrEqual(every + 5 + 2 * Math.log2(arrivals));
      }),
    );
  });

  test('the target size is the table’s own, or 512 MiB', () => {
    expect(targetFileBytes({ properties: { 'write.target-file-size-bytes': '1000' } })).toBe(1000);
    expect(targetFileBytes({ properties: {} })).toBe(512 * 1024 ** 2);
  });
});
