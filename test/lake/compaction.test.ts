import { groupSmallFiles } from '../../lake/compaction';
import { dataFile } from './fixtures';

const file = (name: string, sizeBytes: bigint, partition = 1) => dataFile({ name, sizeBytes, partition: [partition] });
const names = (groups: ReturnType<typeof groupSmallFiles>) =>
  groups.map((group) => group.map(({ filePath }) => filePath.split('/').pop()!.split('.')[0]));

describe('choosing what to compact', () => {
  test('packs small files of one partition up to the target size', () => {
    const files = [
      file('a', 40n),
      file('b', 40n, 2),
      file('c', 40n),
      file('d', 40n),
      file('e', 30n),
      file('big', 75n),
      file('f', 40n, 2),
    ];
    expect(names(groupSmallFiles(files, { targetBytes: 100, minFiles: 2 }))).toEqual([
      ['a', 'c'],
      ['d', 'e'],
      ['b', 'f'],
    ]);
  });

  test('leaves partitions with few small files, and files that would stand alone', () => {
    expect(groupSmallFiles([file('a', 10n), file('b', 10n)], { targetBytes: 100, minFiles: 3 })).toEqual([]);
    expect(
      names(groupSmallFiles([file('a', 60n), file('b', 60n), file('c', 10n)], { targetBytes: 100, minFiles: 2 })),
    ).toEqual([['b', 'c']]);
  });

  test('keeps specs and kinds apart', () => {
    const files = [file('a', 10n), { ...file('b', 10n), specId: 1 }, { ...file('c', 10n), content: 1 as const }];
    expect(groupSmallFiles(files, { targetBytes: 100, minFiles: 1 })).toEqual([]);
  });
});
