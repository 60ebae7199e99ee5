import { formatTable } from '../../client/cli/table';
import type { CaseOutcome } from './case';

const columns = [
  { title: 'case' },
  { title: 'lost', align: 'right' },
  { title: 'doubled', align: 'right' },
  { title: 'batches', align: 'right' },
  { title: 'verify' },
  { title: 'windows' },
  { title: 'files missing', align: 'right' },
  { title: 'watermark' },
  { title: 'branches left', align: 'right' },
  { title: 'decision s', align: 'right' },
  { title: 'after s', align: 'right' },
  { title: 'took s', align: 'right' },
  { title: 'outcome' },
] as const;

const yes = (ok: boolean, good: string, bad: string): string => (ok ? good : bad);
const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(1));

function cells(outcome: CaseOutcome): readonly string[] {
  if (!outcome.checked)
    return [outcome.name, ...columns.slice(1, -2).map(() => '-'), seconds(outcome.durationMs), 'FAILED'];
  return [
    outcome.name,
    String(outcome.lost),
    String(outcome.doubled),
    String(outcome.batches),
    yes(outcome.verify, 'ok', 'FAILED'),
    yes(outcome.windows, 'equal', 'DIFFER'),
    `${outcome.filesMissing} of ${outcome.filesChecked}`,
    yes(outcome.watermark, 'never back', 'BACK'),
    String(outcome.branchesLeft),
    seconds(outcome.decisionMs),
    seconds(outcome.afterMs),
    seconds(outcome.durationMs),
    yes(outcome.ok, 'ok', 'FAILED'),
  ];
}

/** Without the logs of workers, which only a failed case brings. */
const shortNotes = ({ notes }: CaseOutcome): string => notes.filter((note) => !note.includes('\n')).join('; ');

/** For the terminal. */
export function outcomeTable(outcomes: readonly CaseOutcome[]): string {
  return formatTable(columns, outcomes.map(cells));
}

/** For a page in Markdown. */
export function outcomeMarkdown(outcomes: readonly CaseOutcome[]): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  return [
    line([...columns.map(({ title }) => title), 'seen']),
    line([...columns.map((column) => ('align' in column ? '--:' : '---')), '---']),
    ...outcomes.map((outcome) => line([...cells(outcome), shortNotes(outcome)])),
  ].join('\n');
}

/** The last line: the verdict. */
export function verdictLine(outcomes: readonly CaseOutcome[]): string {
  const sum = (pick: (outcome: CaseOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const ok = outcomes.filter((outcome) => outcome.ok).length;
  return `${outcomes.length} cases, ${ok} ok, ${sum(({ lost }) => lost)} lost, ${sum(({ doubled }) => doubled)} doubled`;
}

/** One case, as soon as it is over. */
export function progressLine(outcome: CaseOutcome, done: number, all: number): string {
  const { ok, name, lost, doubled, durationMs, problems } = outcome;
  const head = `[${done}/${all}] ${ok ? 'ok    ' : 'FAILED'} ${name}: ${lost} lost, ${doubled} doubled, ${(durationMs / 1000).toFixed(1)} s`;
  const short = shortNotes(outcome);
  return [
    short === '' ? head : `${head} (${short})`,
    ...problems.map((problem) => `    ${problem.slice(0, 500)}`),
  ].join('\n');
}
