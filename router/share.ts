/** Calls `work` at most once per `ms`: callers in between get the same answer. A failure is not kept. */
export function shareFor<T>(ms: number, work: () => Promise<T>, now: () => number = Date.now): () => Promise<T> {
  let last: { readonly at: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last && now() - last.at < ms) return last.answer;
    const answer = work();
    const mine = { at: now(), answer };
    last = mine;
    answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return answer;
  };
}
