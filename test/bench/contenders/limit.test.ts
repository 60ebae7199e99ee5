import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../base/config';
import type { ContenderInput } from '../../../bench/contenders/contender';
import { contender } from '../../../bench/contenders/limit';

jest.setTimeout(60_000);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-limit-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function input(lines: string, signal = new AbortController().signal): Promise<ContenderInput> {
  const linesFile = path.join(directory, 'lines.ndjson');
  await writeFile(linesFile, lines);
  return {
    job: 'J3',
    topic: 'none',
    events: 1,
    linesFile,
    directory,
    config: loadConfig({}),
    namespace: 'bench',
    id: 'limit',
    commitSeconds: 10,
    signal,
    say: () => undefined,
  };
}

const line =
  '{"user_id":1,"event_time":"2026-01-01T00:00:00.914Z","event_type":"click","properties":{"page":"/p/7"}}\n';

test('a process of its own leaves the files and tells what it took', async () => {
  const { output, ...figures } = await contender.run(await input(line));
  expect(output).toEqual({
    raw: { files: [path.join(directory, 'raw.parquet')] },
    windows: { files: [path.join(directory, 'windows.parquet')] },
  });
  for (const figure of [figures.wallSeconds, figures.cpuSeconds]) expect(figure).toBeGreaterThan(0);
  expect(figures.peakRssBytes).toBeGreaterThan(10e6);
});

test('what DuckDB says of lines that it cannot read is in the error', async () => {
  await expect(contender.run(await input(line.replace(':1,', ':"x",')))).rejects.toThrow(
    /run-limit\.ts ended with 1:[^]*in line 1: Failed to cast value to numerical: "x"/,
  );
});

test('it can be broken off', async () => {
  await expect(contender.run(await input(line, AbortSignal.abort()))).rejects.toThrow(/aborted/);
});
