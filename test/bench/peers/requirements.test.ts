import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseRequirements } from '../../../bench/peers/requirements';

const hash = (digit: string): string => digit.repeat(64);

describe('requirements of the Python peer', () => {
  it('are read with their hashes, over several lines', () => {
    const text = `# why\na-b==1.2.3 \\\n    --hash=sha256:${hash('a')} \\\n    --hash=sha256:${hash('b')}\n\nc==1 --hash=sha256:${hash('c')}\n`;
    expect(parseRequirements(text)).toEqual([
      { name: 'a-b', version: '1.2.3', sha256: [hash('a'), hash('b')] },
      { name: 'c', version: '1', sha256: [hash('c')] },
    ]);
  });

  it.each([
    ['no hash', 'a==1'],
    ['no version', `a --hash=sha256:${hash('a')}`],
    ['a range', `a>=1 --hash=sha256:${hash('a')}`],
    ['a short hash', 'a==1 --hash=sha256:abc'],
    ['another option', `a==1 --hash=sha256:${hash('a')} --pre`],
  ])('are refused with %s', (_, text) => {
    expect(() => parseRequirements(text)).toThrow('expected name==version --hash=sha256');
  });

  it('stand in the project with every package pinned', () => {
    const text = readFileSync(path.join(__dirname, '../../../bench/peers/requirements.txt'), 'utf8');
    const names = parseRequirements(text).map(({ name }) => name);
    expect(names).toEqual(['confluent-kafka', 'duckdb', 'pyiceberg-core']);
  });
});
