import { needsOwnServers, sharedBlow } from './case';
import { casesNamed, chaosCases } from './cases';
import { victimName } from './make-cases';
import { parseOptions } from './options';
import { productFaults, productPoints, productVictims } from './product-cases';

test('at least sixty cases, each with a name of its own', () => {
  expect(chaosCases.length).toBeGreaterThanOrEqual(60);
  expect(new Set(chaosCases.map(({ name }) => name)).size).toBe(chaosCases.length);
});

test('the product of three faults, nine points, and six victims is whole', () => {
  const names = new Set(chaosCases.map(({ name }) => name));
  const product = productVictims.flatMap((victim) =>
    productFaults.flatMap((fault) => productPoints.map((point) => `${victimName(victim)}, ${fault}, ${point}`)),
  );
  expect(product).toHaveLength(6 * 3 * 9);
  expect(product.filter((name) => !names.has(name))).toEqual([]);
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
