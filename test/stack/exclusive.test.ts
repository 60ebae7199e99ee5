import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exclusively, tryLock } from '../../stack/exclusive';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(path.join(os.tmpdir(), 'sluice-lock-'))));
afterEach(() => rmSync(directory, { recursive: true }));

test('work under one lock never overlaps, and the lock goes when it ends or fails', async () => {
  const lockFile = path.join(directory, 'run', 'stack.lock');
  let inside = 0;
  const waits: number[] = [];
  const work = (fail: boolean) =>
    exclusively({ lockFile, onWait: (pid) => void waits.push(pid) }, async () => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      inside--;
      if (fail) throw new Error('as wanted');
    });
  const outcomes = await Promise.allSettled([work(false), work(true), work(false)]);
  expect(outcomes.map((one) => one.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(waits).toContain(process.pid);
  expect(readdirSync(path.join(directory, 'run'))).toEqual([]);
});

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, identity: 'x' })],
  ['of a pid that another program has now', JSON.stringify({ pid: process.pid, identity: 'earlier' })],
  ['that cannot be read', '{'],
])('a lock %s is taken over', (_what, text) => {
  const lockFile = path.join(directory, 'stack.lock');
  writeFileSync(lockFile, text);
  expect(tryLock(lockFile)).toBeUndefined();
  expect(tryLock(lockFile)).toMatchObject({ pid: process.pid });
  expect(readdirSync(directory)).toEqual(['stack.lock']);
});

test('waiting can be broken off', async () => {
  const lockFile = path.join(directory, 'stack.lock');
  tryLock(lockFile);
  const work = exclusively({ lockFile, signal: AbortSignal.timeout(50) }, () => Promise.resolve());
  await expect(work).rejects.toThrow(/abort/i);
});
