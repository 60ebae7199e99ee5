import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isSameProcess, readRunning, removePidFile, writePidFile } from '../../stack/pid-file';
import { commandOf, parseProcStat, processIdentity, residentBytes } from '../../stack/process-identity';

let runDirectory: string;
beforeEach(() => void (runDirectory = mkdtempSync(path.join(os.tmpdir(), 'sluice-pid-'))));
afterEach(() => rmSync(runDirectory, { recursive: true }));

test('a living process is found again by its pid file', () => {
  const written = writePidFile({ runDirectory, name: 'kafka', pid: process.pid, ports: [29092] });
  expect(readRunning(runDirectory, 'kafka')).toEqual(written);
  removePidFile(runDirectory, 'kafka');
  expect(readRunning(runDirectory, 'kafka')).toBeUndefined();
});

test('a pid that another program has now does not count as ours', () => {
  writePidFile({ runDirectory, name: 'kafka', pid: process.pid, ports: [] });
  const file = path.join(runDirectory, 'kafka.pid');
  const record = JSON.parse(readFileSync(file, 'utf8')) as { identity: string };
  writeFileSync(file, JSON.stringify({ ...record, identity: `${record.identity}1` }));
  expect(readRunning(runDirectory, 'kafka')).toBeUndefined();
});

test.each(['', '{', '12345', '{"pid": 1}', '{"pid": -1, "identity": "x"}'])(
  'a pid file that holds %j is nobody',
  (text) => {
    writeFileSync(path.join(runDirectory, 's3.pid'), text);
    expect(readRunning(runDirectory, 's3')).toBeUndefined();
  },
);

test('a process that ended is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const record = writePidFile({ runDirectory, name: 's3', pid: child.pid ?? 0, ports: [] });
  expect(isSameProcess(record)).toBe(true);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(readRunning(runDirectory, 's3')).toBeUndefined();
  expect(() => writePidFile({ runDirectory, name: 's3', pid: record.pid, ports: [] })).toThrow(
    'ended as soon as it was started',
  );
});

test('reads /proc/PID/stat of a command with brackets and blanks in its name', () => {
  const rest = 'S 1 42 42 0 -1 4194560 1 0 0 0 5 3 0 0 20 0 11 0 987654 1 2';
  expect(parseProcStat(`42 (we ird) name) ${rest}`)).toEqual({ state: 'S', startTicks: '987654' });
  expect(parseProcStat('')).toBeUndefined();
});

test('tells memory and command of a process', () => {
  expect(residentBytes(process.pid)).toBeGreaterThan(10_000_000);
  expect(commandOf(process.pid)).toContain('node');
  expect(processIdentity(2 ** 22 + 1)).toBeUndefined();
});
