import { shareFor } from '../../router/share';

it('asks once per period, and again after a failure', async () => {
  let nowMs = 0;
  let calls = 0;
  const shared = shareFor(
    100,
    async () => {
      calls += 1;
      if (calls === 2) throw new Error('no');
      return calls;
    },
    () => nowMs,
  );
  expect(await Promise.all([shared(), shared()])).toEqual([1, 1]);
  nowMs = 100;
  await expect(Promise.all([shared(), shared()])).rejects.toThrow('no');
  expect(await shared()).toBe(3);
  nowMs = 199;
  expect(await shared()).toBe(3);
});
