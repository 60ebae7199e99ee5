import { spawnSync } from 'node:child_process';
import path from 'node:path';

jest.setTimeout(240_000);

// Jest strips types and does not check them: this does.
it('the project type-checks', () => {
  const root = path.resolve(__dirname, '..');
  const tsc = spawnSync(process.execPath, [require.resolve('typescript/bin/tsc'), '--noEmit', '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(tsc.stdout).toBe('');
  expect(tsc.status).toBe(0);
});
