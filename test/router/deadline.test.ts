import { setTimeout as sleep } from 'node:timers/promises';
import { startDeadline, untilAborted } from '../../router/deadline';

it('aborts as a timeout when the time is up', async () => {
  const deadline = startDeadline(10);
  await expect(untilAborted(deadline.signal, sleep(5_000, undefined, { ref: false }))).rejects.toMatchObject({
    code: 'QUERY_TIMEOUT',
    message: expect.stringContaining('10 ms'),
  });
});

it('aborts as cancelled when the client goes, before or after', async () => {
  const client = new AbortController();
  const deadline = startDeadline(60_000, client.signal);
  client.abort();
  expect(deadline.signal.reason).toMatchObject({ code: 'QUERY_CANCELLED' });
  deadline.clear();
  const late = startDeadline(60_000, AbortSignal.abort());
  expect(late.signal.reason).toMatchObject({ code: 'QUERY_CANCELLED' });
  late.clear();
});

it('cleared in time it never aborts', async () => {
  const deadline = startDeadline(5);
  deadline.clear();
  await sleep(20);
  expect(deadline.signal.aborted).toBe(false);
});

it('passes results and errors through, and swallows the error of work that nobody waits for', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(signal, Promise.resolve(7))).toBe(7);
  await expect(untilAborted(signal, Promise.reject(new Error('own')))).rejects.toThrow('own');
  await expect(
    untilAborted(AbortSignal.abort(new Error('gone')), Promise.reject(new Error('unheard'))),
  ).rejects.toThrow('gone');
});
