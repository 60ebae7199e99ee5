import { isSluiceError } from '../../base/errors';
import { maxPortOffset, stackPorts } from '../../stack/ports';
import { sideOffsets } from '../../stack/free-offset';

test('an offset moves every port', () => {
  const base = stackPorts(0);
  expect(base).toMatchObject({ kafka: 29092, s3: 9000, nessie: 19120, temporal: 7233, temporalUi: 8233, router: 8000 });
  expect(stackPorts(2000)).toEqual(Object.fromEntries(Object.entries(base).map(([name, port]) => [name, port + 2000])));
});

test('no two servers of a stack share a port', () => {
  const ports = Object.values(stackPorts(0));
  expect(new Set(ports).size).toBe(ports.length);
});

test('an offset that pushes a port above 65535 is refused by name', () => {
  expect(Math.max(...Object.values(stackPorts(maxPortOffset)))).toBe(65535);
  for (const offset of [maxPortOffset + 1, -1, 1.5]) {
    let thrown: unknown;
    try {
      stackPorts(offset);
    } catch (error) {
      thrown = error;
    }
    expect(isSluiceError(thrown, 'BAD_INPUT')).toBe(true);
    expect((thrown as Error).message).toContain('kafkaController');
  }
});

test('test stacks, and the default stack, never want the same port', () => {
  const offsets = [0, ...sideOffsets];
  const all = offsets.flatMap((offset) => Object.values(stackPorts(offset)));
  expect(new Set(all).size).toBe(all.length);
});
