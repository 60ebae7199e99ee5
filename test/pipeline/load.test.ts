import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { loadPipelineFile } from '../../pipeline/load';

const folder = path.join(__dirname, '..', '..', 'pipelines');

test('every shipped pipeline is valid', async () => {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  expect(names).toEqual(['sensors.yaml', 'transactions.yaml', 'user-activity.yaml']);
  const pipelines = await Promise.all(names.map((name) => loadPipelineFile(path.join(folder, name))));
  expect(
    pipelines.map(({ name, source, windows }) => [
      name,
      source.topic,
      windows.map(({ table }) => `${table.namespace}.${table.name}`),
    ]),
  ).toEqual([
    ['sensors', 'sensor_data', ['db.sensor_stats', 'db.hot_sensors', 'db.sensor_trend', 'db.sensor_anomalies']],
    ['transactions', 'transactions', ['db.user_spending', 'db.suspicious_users']],
    ['user-activity', 'user_events', ['db.user_activity', 'db.user_sessions']],
  ]);
});

test('a file that is not there', async () => {
  await expect(loadPipelineFile('no/such.yaml')).rejects.toMatchObject({
    code: 'BAD_INPUT',
    message: 'expected a pipeline file at no/such.yaml, found none that can be read',
  });
});

test('problems carry the path that was given', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-pipeline-'));
  try {
    const file = path.join(directory, 'broken.yaml');
    await writeFile(file, 'pipeline: 5\n');
    await expect(loadPipelineFile(file)).rejects.toThrow(
      `${file}:1: pipeline: expected a name of lowercase letters, digits and dashes, found 5`,
    );
  } finally {
    await rm(directory, { recursive: true });
  }
});
