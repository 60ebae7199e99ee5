import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const TALK = `
from concurrent.futures import ThreadPoolExecutor
from say import say
def talk(who):
    for n in range(2000):
        say(at="commit", who=who, n=n)
with ThreadPoolExecutor(4) as pool:
    list(pool.map(talk, range(4)))
`;

// Two tables' commits at one moment: both objects stood in one line, and the contender ended with "Unexpected non-whitespace character".
it('says whole lines when several threads speak at once', async () => {
  const { stdout } = await promisify(execFile)('python3', ['-c', TALK], {
    env: { ...process.env, PYTHONPATH: path.resolve('bench/peers'), PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 2 ** 24,
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(8000);
  expect(new Set(lines.map((line) => JSON.stringify(JSON.parse(line)))).size).toBe(8000);
});
