/**
 * Runs works side by side under a signal of their own: when one fails the others are told to stop, and only when all have ended is its error
 * thrown, so that nothing goes on in a directory or a session that is given back. Results in order.
 */
export async function together<T extends readonly unknown[]>(
  signal: AbortSignal,
  works: { readonly [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> },
): Promise<T> {
  const stop = new AbortController();
  const shared = AbortSignal.any([signal, stop.signal]);
  const failures: unknown[] = [];
  const results = await Promise.all(
    works.map((work) =>
      work(shared).catch((error: unknown) => {
        failures.push(error);
        stop.abort();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return results as unknown as T;
}
