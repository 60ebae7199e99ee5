/**
 * Seeded random cases of event time and exactly-once, played through the real activities in memory and held against the oracle.
 *   npm run fuzz -- --seed 1 --cases 500
 * Exit status 1 at the first case that differs.
 */
import { parseArgs } from 'node:util';
import { caseKinds } from './case';
import type { CaseKind } from './case';
import { fuzz } from './fuzz-loop';

const HELP = `npm run fuzz -- [options]
  --seed N      seed of the first case, the others follow it (1)
  --cases N     how many (500)
  --only KIND   ${caseKinds.join(', ')}
  --no-shrink   show a failing case as it was drawn
  --keep-going  do not stop at a failing case; all of them are shown
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      cases: { type: 'string', default: '500' },
      only: { type: 'string' },
      'no-shrink': { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [seed, cases] = [wholeNumber('--seed', values.seed), wholeNumber('--cases', values.cases)];
  const only = kindOf(values.only);
  const said = Date.now();
  let failed = 0;
  let [first, last] = [seed, said];
  const total = { cases: 0, batches: 0, windowRows: 0, lateRows: 0 };
  while (first < seed + cases) {
    const done = { ...total };
    const result = await fuzz({
      seed: first,
      cases: seed + cases - first,
      ...(only === undefined ? {} : { only }),
      shrink: !values['no-shrink'],
      onProgress: (totals) => {
        if (Date.now() - last < 5000) return;
        last = Date.now();
        const seconds = Math.round((last - said) / 1000);
        process.stdout.write(
          `${done.cases + totals.cases} of ${cases} cases, ${done.batches + totals.batches} batches, ${seconds} s\n`,
        );
      },
    });
    total.cases += result.cases;
    total.batches += result.batches;
    total.windowRows += result.windowRows;
    total.lateRows += result.lateRows;
    if (result.failure === undefined) break;
    failed += 1;
    process.stdout.write(`\n${result.failure}\n\n`);
    total.cases += 1;
    first = seed + total.cases;
    if (!values['keep-going']) break;
  }
  process.stdout.write(
    `${total.batches} batches, ${total.windowRows} window rows and ${total.lateRows} late rows compared\n`,
  );
  if (failed > 0) process.exitCode = 1;
  const verdict = failed === 0 ? 'all equal' : `${failed} of them not equal`;
  process.stdout.write(`${total.cases} cases, seed ${seed}..${seed + total.cases - 1}: ${verdict}\n`);
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`${option}: expected a whole number, found ${text}`);
  return Number(text);
}

function kindOf(text: string | undefined): CaseKind | undefined {
  const kind = caseKinds.find((item) => item === text);
  if (text !== undefined && kind === undefined)
    throw new Error(`--only: expected one of ${caseKinds.join(', ')}, found ${text}`);
  return kind;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
