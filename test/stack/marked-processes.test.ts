import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endMarkedProcesses, markName, markedProcesses } from '../../stack/marked-processes';

const mark = `test-${process.pid}-${Date.now()}`;

async function startMarked(script: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', `${script};console.log('up')`], {
    env: { ...process.env, [markName]: mark },
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

test('processes with the mark are found and ended, the stubborn one by force; others are left alone', async () => {
  const willing = await startMarked('setInterval(() => {}, 1000)');
  const stubborn = await startMarked("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)");
  expect([...markedProcesses(mark)].sort()).toEqual([willing.pid, stubborn.pid].sort());
  expect(markedProcesses(`${mark}x`)).toEqual([]);
  const exits = Promise.all([once(willing, 'exit'), once(stubborn, 'exit')]);
  const ended = await endMarkedProcesses(mark, 2000);
  expect(ended).toHaveLength(2);
  expect((await exits).map(([, signal]) => signal as string)).toEqual(['SIGTERM', 'SIGKILL']);
  expect(markedProcesses(mark)).toEqual([]);
});
