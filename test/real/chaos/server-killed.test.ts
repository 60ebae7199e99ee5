import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chaosCases } from '../../chaos/cases';
import { runMatrix } from '../../chaos/matrix';
import { parseOptions } from '../../chaos/options';

jest.setTimeout(900_000);

const SEED = 12;

/** One blow strikes both: each has a pipeline and a worker of its own. */
const names = ['Nessie, SIGKILL, before merge', 'Nessie, SIGKILL, after stage'];

test(`the catalog is killed under two batches, and every event is published exactly once (seed ${SEED})`, async () => {
  const home = await mkdtemp(path.join(tmpdir(), 'sluice-chaos-'));
  const said: string[] = [];
  try {
    const { outcomes, problems } = await runMatrix({
      home,
      cases: chaosCases.filter(({ name }) => names.includes(name)),
      options: parseOptions(['--seed', String(SEED)]),
      signal: new AbortController().signal,
      say: (text) => void said.push(text),
    });
    expect({ problems, said: problems.length > 0 ? said : [] }).toEqual({ problems: [], said: [] });
    expect(outcomes.flatMap((outcome) => outcome.problems)).toEqual([]);
    expect(outcomes.map(({ name, ok }) => ({ name, ok })).sort((a, b) => a.name.localeCompare(b.name))).toEqual(
      [...names].sort((a, b) => a.localeCompare(b)).map((name) => ({ name, ok: true })),
    );
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
