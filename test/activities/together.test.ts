import { together } from '../../activities/together';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('works side by side', () => {
  it('give their results in order', async () => {
    const results = await together<[number, string]>(new AbortController().signal, [
      () => pause(5).then(() => 1),
      async () => 'two',
    ]);
    expect(results).toEqual([1, 'two']);
  });

  it('are told to stop when one fails, and its error is thrown when all have ended', async () => {
    let ended = false;
    const slow = async (signal: AbortSignal): Promise<never> => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      await pause(5);
      ended = true;
      throw new Error('aborted');
    };
    const run = together(new AbortController().signal, [slow, () => Promise.reject(new Error('first'))]);
    await expect(run).rejects.toThrow('first');
    expect(ended).toBe(true);
  });

  it('are told to stop when the signal above them is', async () => {
    const above = new AbortController();
    const run = together(above.signal, [
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('told')))),
    ]);
    above.abort();
    await expect(run).rejects.toThrow('told');
  });
});
