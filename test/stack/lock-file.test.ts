import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../stack/layout';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(path.join(projectRoot, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const packages = Object.entries(lock.packages).filter(([name]) => name !== '');

test('every package is locked with version and checksum, and without the address of a registry', () => {
  expect(packages.filter(([, entry]) => entry.version === undefined || entry.integrity === undefined)).toEqual([]);
  expect(packages.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});

test('binaries of every platform are locked: without one of them `npm ci` refuses the whole file', () => {
  const names = packages.map(([name]) => name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length));
  const locked = new Set(names);
  const missing = packages.flatMap(([name, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((optional) => !locked.has(optional))
      .map((optional) => `${name} wants ${optional}`),
  );
  expect(missing).toEqual([]);
});
