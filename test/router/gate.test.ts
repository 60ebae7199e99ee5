import { createGate } from '../../router/gate';

const never = new AbortController().signal;

it('lets so many in and the others wait in order', async () => {
  const gate = createGate({ concurrent: 2, waiting: 5 });
  const order: number[] = [];
  const [first, second] = [await gate.enter(never), await gate.enter(never)];
  const waiters = [1, 2, 3].map(async (number) => {
    const leave = await gate.enter(never);
    order.push(number);
    return leave;
  });
  expect([gate.running, gate.waiting]).toEqual([2, 3]);
  first();
  first(); // a second call is without effect
  await waiters[0];
  expect([order, gate.running, gate.waiting]).toEqual([[1], 2, 2]);
  second();
  for (const waiter of waiters) (await waiter)();
  expect([order, gate.running, gate.waiting]).toEqual([[1, 2, 3], 0, 0]);
});

it('refuses when too many wait', async () => {
  const gate = createGate({ concurrent: 1, waiting: 0 });
  const leave = await gate.enter(never);
  await expect(gate.enter(never)).rejects.toMatchObject({ code: 'ROUTER_BUSY' });
  leave();
  (await gate.enter(never))();
});

it('forgets those who stop waiting', async () => {
  const gate = createGate({ concurrent: 1, waiting: 2 });
  const leave = await gate.enter(never);
  const controller = new AbortController();
  const impatient = gate.enter(controller.signal);
  const patient = gate.enter(never);
  controller.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  expect(gate.waiting).toBe(1);
  leave();
  (await patient)();
  expect(gate.running).toBe(0);
  await expect(gate.enter(AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
});
