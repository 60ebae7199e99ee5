import { standingCommits } from '../../../lake/history/standing-commits';
import type { LogEntry } from '../../../lake/nessie/types';

/** Commits by name, newest first; `r1>b` is a rollback to b, `r1>b:p,q` of the tables of p and q. */
async function* log(...names: readonly string[]): AsyncGenerator<LogEntry> {
  for (const text of names) {
    const [hash, to] = text.split('>');
    const [target, pipelines] = (to ?? '').split(':');
    const properties: Record<string, string> = {
      ...(target ? { 'sluice.rollback': target } : {}),
      ...(pipelines ? { 'sluice.rollback-pipelines': pipelines } : {}),
    };
    yield { hash: hash!, parentHash: undefined, message: '', author: 'sluice', timeMs: 0, properties };
  }
}
async function standing(names: readonly string[], pipeline?: string): Promise<string> {
  const kept: string[] = [];
  for await (const { hash } of standingCommits(log(...names), pipeline === undefined ? {} : { pipeline }))
    kept.push(hash);
  return kept.join(' ');
}

it('passes over what a rollback took back', async () => {
  expect(await standing(['e', 'r>b', 'd', 'c', 'b', 'a'])).toBe('e r b a');
});

it('keeps all where nothing was rolled back', async () => {
  expect(await standing(['c', 'b', 'a'])).toBe('c b a');
});

it('takes a rollback of a rollback as going forward again', async () => {
  // Back to b, then forward to d, which stands again with all before it.
  expect(await standing(['f', 'r2>d', 'e', 'r1>b', 'd', 'c', 'b', 'a'])).toBe('f r2 d c b a');
});

it('takes the later of two rollbacks, also over the earlier one', async () => {
  expect(await standing(['r2>a', 'e', 'r1>b', 'd', 'c', 'b', 'a'])).toBe('r2 a');
  expect(await standing(['r2>e', 'f', 'e', 'r1>b', 'd', 'c', 'b', 'a'])).toBe('r2 e r1 b a');
});

it('takes back the commits of the named pipelines alone', async () => {
  const names = ['d', 'r>a:p,q', 'c', 'b', 'a'];
  expect(await standing(names, 'p')).toBe('d r a');
  expect(await standing(names, 'q')).toBe('d r a');
  expect(await standing(names, 'other')).toBe('d r c b a');
  expect(await standing(names)).toBe('d r c b a');
});
