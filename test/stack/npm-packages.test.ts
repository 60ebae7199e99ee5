import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { missingPackage } from '../../bin/npm-packages.cjs';
import { atLeast } from '../../stack/semver';

let root: string;
beforeEach(() => void (root = mkdtempSync(path.join(os.tmpdir(), 'sluice-npm-'))));
afterEach(() => rmSync(root, { recursive: true }));

function writeLocks(wanted: object, installed?: object): void {
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  if (installed === undefined) return;
  mkdirSync(path.join(root, 'node_modules'));
  writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}

test('a fresh clone, and an install that broke off, want npm ci', () => {
  writeLocks({ 'node_modules/a': { version: '1.0.0' } });
  expect(missingPackage(root)).toBe('the npm packages are not installed yet');
});

test('packages as locked want nothing; ones of other platforms need not be there, more may be', () => {
  const wanted = {
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-darwin': { version: '1.0.0', optional: true },
  };
  writeLocks(wanted, { 'node_modules/a': { version: '1.0.0' }, 'node_modules/by-hand': { version: '2.0.0' } });
  expect(missingPackage(root)).toBeUndefined();
});

test('another version in the lock file wants npm ci', () => {
  writeLocks({ 'node_modules/@x/a': { version: '1.0.1' } }, { 'node_modules/@x/a': { version: '1.0.0' } });
  expect(missingPackage(root)).toBe('package-lock.json changed (@x/a 1.0.1)');
});

test('a clone without a lock file is told to be broken', () => {
  expect(() => missingPackage(root)).toThrow('package-lock.json is missing');
});

test.each([
  ['20.19.4', '20.19.4', true],
  ['20.19.3', '20.19.4', false],
  ['22.1.0', '20.19.4', true],
  ['18.20.8', '20.19.4', false],
  ['20.20.0-nightly', '20.19.4', true],
])('Node %s is at least %s: %s', (found, needed, expected) => {
  expect(atLeast(found, needed)).toBe(expected);
});
