import { parts, partDirectory, partHash, partNames, pomText, requirementsText } from '../../stack/versions';
import type { JarPart, WheelPart } from '../../stack/versions';

const sha256 = /^[0-9a-f]{64}$/;
const wheelParts = Object.entries(parts).filter((entry): entry is [string, WheelPart] => entry[1].kind === 'wheels');
const jarParts = Object.entries(parts).filter((entry): entry is [string, JarPart] => entry[1].kind === 'jars');

test('every part that the code names is pinned, and no other', () => {
  expect(Object.keys(parts).sort()).toEqual([...partNames].sort());
});

test.each(wheelParts)('%s: every wheel has an exact version and hashes', (_name, part) => {
  expect(part.wheels.length).toBeGreaterThan(0);
  for (const wheel of part.wheels) {
    expect(wheel.version).toMatch(/^\d[\w.]*$/);
    expect(wheel.sha256.length).toBeGreaterThan(0);
    for (const hash of wheel.sha256) expect(hash).toMatch(sha256);
  }
});

test.each(jarParts)('%s: every jar has a sha256, and the artifacts asked for are among them', (_name, part) => {
  for (const hash of Object.values(part.files)) expect(hash).toMatch(sha256);
  for (const jar of part.jars) {
    const file = [jar.artifactId, jar.version, jar.classifier].filter((word) => word !== undefined).join('-');
    expect(Object.keys(part.files)).toContain(`${file}.jar`);
  }
});

test('the main package of a part has the version of the part', () => {
  expect(parts.kafka).toMatchObject({ jars: [{ artifactId: 'kafka_2.13', version: parts.kafka.version }, {}] });
  expect(parts.nessie).toMatchObject({ jars: [{ version: parts.nessie.version }] });
  for (const name of ['java', 's3', 'temporal'] as const)
    expect(parts[name]).toMatchObject({ wheels: [{ version: parts[name].version }] });
});

test('another hash is another folder: an installed part is never taken for one with other pins', () => {
  const part = parts.s3 as WheelPart;
  const changed = { ...part, wheels: part.wheels.map((wheel) => ({ ...wheel, sha256: ['0'.repeat(64)] })) };
  expect(partHash(changed)).not.toBe(partHash(part));
  expect(partDirectory('/opt/stack', 's3')).toBe(`/opt/stack/s3-${partHash(part)}`);
});

test('requirements hold every hash of every wheel', () => {
  const part: WheelPart = {
    ...(parts.s3 as WheelPart),
    wheels: [{ name: 'a-b', version: '1.2', sha256: ['0'.repeat(64), '1'.repeat(64)] }],
  };
  expect(requirementsText(part)).toBe(`a-b==1.2 --hash=sha256:${'0'.repeat(64)} --hash=sha256:${'1'.repeat(64)}\n`);
});

test('the Maven project asks for the pinned artifacts, without dependencies where told so', () => {
  expect(pomText(parts.kafka as JarPart)).toContain(
    '<artifactId>kafka_2.13</artifactId><version>4.4.0</version></dependency>',
  );
  expect(pomText(parts.nessie as JarPart)).toContain('<classifier>runner</classifier><exclusions>');
});
