import { jestNodeOptions } from '../../stack/node-options';
import { addCounts, countsLine, countsOf } from '../../stack/test-counts';
import type { JestReport } from '../../stack/test-counts';

const report = (numbers: Partial<JestReport>): JestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
  ...numbers,
});

test('counts tests, and what is to do as skipped', () => {
  const counts = countsOf(report({ numPassedTests: 5, numPendingTests: 2, numTodoTests: 1 }), 0);
  expect(countsLine(addCounts(counts, { passed: 1, failed: 0, skipped: 0 }))).toBe('6 passed, 0 failed, 3 skipped');
});

test('what no test number shows is a failure still', () => {
  expect(countsOf(undefined, null).failed).toBe(1);
  expect(countsOf(report({ numPassedTests: 5, numRuntimeErrorTestSuites: 2 }), 1).failed).toBe(2);
  expect(countsOf(report({ numPassedTests: 5 }), 1).failed).toBe(1);
  expect(countsOf(report({ numFailedTests: 3 }), 1).failed).toBe(3);
});

test('Jest gets the options of vm modules once, and keeps the user’s', () => {
  const once = jestNodeOptions('--max-old-space-size=4096');
  expect(once).toBe('--max-old-space-size=4096 --experimental-vm-modules --disable-warning=ExperimentalWarning');
  expect(jestNodeOptions(once)).toBe(once);
});
