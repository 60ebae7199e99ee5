import { needsOwnServers, sharedBlow } from './case';
import { casesNamed, chaosCases } from './cases';
import { parseOptions } from './options';

test('at least sixty cases, each with a name of its own', () => {
  expect(chaosCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(chaosCases.map(({ name }) => name)).size).toBe(chaosCases.length);
});

test('every point of the matrix is met by a worker that is killed, stopped, or cut off', () => {
  for (const fault of ['SIGKILL', 'SIGSTOP', 'network cut'])
    expect(
      casesNamed([`worker, ${fault}`]).filter(({ name }) => name.startsWith('worker')).length,
    ).toBeGreaterThanOrEqual(9);
});

test('only cases that kill or stop servers need servers of their own, and only points of workers wait for others', () => {
  const own = chaosCases.filter(needsOwnServers).map(({ name }) => name);
  expect(own.every((name) => /^(Nessie|S3 store|Kafka|Temporal|all servers), SIG/.test(name))).toBe(true);
  const [merge, upload] = ['Nessie, SIGKILL, before merge', 'Nessie, SIGKILL, after upload'].map((name) =>
    chaosCases.find((item) => item.name === name)!,
  );
  expect(sharedBlow(merge!)).toBe(sharedBlow(upload!));
  const lost = chaosCases.find(({ name }) => name === 'Nessie, SIGKILL, merge applied, answer lost')!;
  expect(sharedBlow(lost)).toBe(lost.name);
});

test('options: cases by parts of their names, numbers as numbers, nothing unknown', () => {
  const options = parseOptions(['--only', 'kafka', '--only', 'held back, merge', '--seed', '7', '--no-docs']);
  expect(options).toMatchObject({ only: ['kafka', 'held back, merge'], seed: 7, docs: false });
  expect(casesNamed(options.only).length).toBeGreaterThan(1);
  expect(() => parseOptions(['--sed', '1'])).toThrow('--sed');
  expect(() => parseOptions(['--lanes', '0'])).toThrow('--lanes 0: expected a whole number from 1 on');
});
