import type { OwnedDiff, RollbackPlan, UndoneCommits } from '../../../lake/history/rollback-plan';
import type { CommandContext } from '../../cli/context';
import { formatCount, formatTime, plural } from '../../cli/format';
import { schemaText } from '../diff-text';
import { shortHash } from '../log-text';
import type { Outlook } from './outlook';
import type { RollbackLook, RollbackResult } from './rollback-main';

type Paper = Pick<CommandContext, 'colours' | 'table'>;

/** What a rollback takes back, reads again and skips, for the person who is about to agree to it. */
export function rollbackText({ plan, outlooks, running, tag }: RollbackLook, paper: Paper): string {
  return [
    headText(plan),
    '',
    tablesText(plan, paper),
    ...schemaHint(plan),
    ...plan.tables.flatMap(({ table, schema }) => schema.map((change) => `  ${table}: ${schemaText(change)}`)),
    ...outlooks.flatMap((outlook) => ['', outlookText(outlook, plan, paper)]),
    '',
    holdersText(plan, tag, paper),
    ...runningText(running, plan),
  ].join('\n');
}

/** A pipeline file that is ahead of its tables cannot be started. */
function schemaHint({ tables }: RollbackPlan): readonly string[] {
  const names = tables.flatMap(({ change, schema, partition, pipeline }) =>
    change === 'changed' && pipeline !== null && (schema.length > 0 || partition) ? [pipeline] : [],
  );
  const files = [...new Set(names)];
  return files.length === 0
    ? []
    : [`Columns or partitions go back too: sluice apply ${files.join(' ')} --dry-run then shows what the file wants.`];
}

function headText({ from, to, toTimeMs, pipelines, undone }: RollbackPlan): string {
  const what = pipelines ? `The tables of ${pipelines.join(', ')} go` : 'Main goes, with every table,';
  return `${what} back from ${shortHash(from)} to ${shortHash(to)} of ${formatTime(toTimeMs)}. ${undoneText(undone, pipelines)}`;
}

function undoneText({ commits, byKind, batches }: UndoneCommits, pipelines: readonly string[] | undefined): string {
  const kinds = Object.entries(byKind).map(([kind, count]) => `${formatCount(count)} ${kind}`);
  const spans = Object.entries(batches)
    .filter(([pipeline]) => !pipelines || pipelines.includes(pipeline))
    .map(([pipeline, { first, last }]) => `${pipeline} ${first === last ? first : `${first} to ${last}`}`);
  return `${plural(commits, 'commit')} lie${commits === 1 ? 's' : ''} between (${kinds.join(', ')})${spans.length > 0 ? `; batches: ${spans.join(', ')}` : ''}.`;
}

function tablesText({ tables }: RollbackPlan, { table }: Paper): string {
  const number = (title: string) => ({ title, align: 'right' as const });
  const change = (plus: number | bigint, minus: number | bigint): string =>
    [...(plus > 0 ? [`+${formatCount(plus)}`] : []), ...(minus > 0 ? [`-${formatCount(minus)}`] : [])].join(' ') || '0';
  const rows = tables.map((diff) => [
    diff.table,
    diff.pipeline ?? '(no pipeline)',
    whatText(diff),
    change(diff.files.added.files, diff.files.removed.files),
    change(diff.files.added.rows, diff.files.removed.rows),
    change(diff.snapshots.added.length, diff.snapshots.removed.length),
  ]);
  return table(['TABLE', 'PIPELINE', 'WHAT', number('FILES'), number('ROWS'), number('SNAPSHOTS')], rows);
}

function whatText({ change, problem }: OwnedDiff): string {
  if (problem !== undefined) return `goes back (${problem})`;
  return { added: 'comes back', removed: 'leaves main', changed: 'goes back', replaced: 'goes back to another table' }[
    change
  ];
}

function outlookText(outlook: Outlook, { moves }: RollbackPlan, { table, colours }: Paper): string {
  const { pipeline, topic, reread, expired, skipped, topicState, partitions } = outlook;
  const move = moves.find((item) => item.pipeline === pipeline)!;
  const number = (title: string) => ({ title, align: 'right' as const });
  const moved = partitions.filter(({ what }) => what !== 'unchanged');
  const sums = [
    ...(reread > 0n
      ? [`${plural(reread, 'offset')} of ${topic} ${reread === 1n ? 'is' : 'are'} read again on the next start`]
      : []),
    ...(skipped > 0n
      ? [`${plural(skipped, 'offset')} ${skipped === 1n ? 'is' : 'are'} on main again and skipped`]
      : []),
    ...(reread + skipped + expired === 0n ? ['no offset is read again'] : []),
  ];
  const from = move.fromBatch === 0n ? 'before its first batch' : `batch ${move.fromBatch}`;
  const to = move.toBatch === 0n ? 'before its first batch' : `batch ${move.toBatch}`;
  return [
    `${colours.bold(pipeline)} goes from ${from} to ${to}: ${sums.join('; ')}${sums.length > 0 ? '.' : ''}`,
    ...(moved.length === 0
      ? []
      : [
          table(
            [number('PARTITION'), number('FROM'), number('TO'), 'WHAT', number('GONE FROM KAFKA')],
            moved.map((item) => [
              String(item.partition),
              String(item.from),
              String(item.to),
              item.what,
              item.expired === 0n ? '' : formatCount(item.expired),
            ]),
          ),
        ]),
    ...(expired > 0n
      ? [
          colours.red(
            `WARNING: ${plural(expired, 'offset')} ${expired === 1n ? 'leaves' : 'leave'} main and cannot be read again: ${goneText(topicState, topic)}. It needs --accept-gap${move.toBatch === 0n ? '; the pipeline then begins where the topic begins' : ` here and on the next start (sluice resume ${pipeline})`}.`,
          ),
        ]
      : []),
    ...(move.topicReplaced
      ? [
          `Topic ${topic} was created again in between: the next start asks for that again (sluice resume ${pipeline} --dry-run).`,
        ]
      : []),
  ].join('\n');
}

function goneText(state: Outlook['topicState'], topic: string): string {
  if (state === 'gone') return `there is no topic ${topic}`;
  return state === 'replaced' ? `topic ${topic} was created again` : 'Kafka has deleted them';
}

function holdersText({ heldBy }: RollbackPlan, tag: string | null, { colours }: Paper): string {
  if (tag !== null) return `What leaves main is kept under tag ${tag}.`;
  if (heldBy.length === 0)
    return colours.yellow(
      'No branch or tag holds what leaves main: its files go with the sweep when the commits are old enough. --tag NAME keeps them.',
    );
  const told = heldBy.map(
    ({ name, type, tables, of }) =>
      `${type} ${name} (${tables === of ? 'all of it' : `${tables} of ${plural(of, 'table')}`})`,
  );
  return `What leaves main is held by ${told.join(', ')}.`;
}

function runningText(running: RollbackLook['running'], { involved }: RollbackPlan): readonly string[] {
  if (running === null)
    return [
      `Whether ${involved.join(', ')} ${involved.length === 1 ? 'runs' : 'run'} is not known: Temporal does not answer.`,
    ];
  return running.length === 0
    ? []
    : [`Running now: ${running.join(', ')}. They must stop first: --stop or --restart does it.`];
}

/** What was done, and what comes next. */
export function doneText({ hash, plan, droppedBranches, restarted, restartProblem }: RollbackResult): string {
  if (hash === null)
    return plan.entries.length === 0 ? 'Main holds these very tables: nothing to take back.' : 'Nothing was changed.';
  const left = plan.involved.filter((name) => !restarted.includes(name));
  return [
    `Main is back: commit ${hash}`,
    ...(droppedBranches.length > 0 ? [`Deleted audit branches: ${droppedBranches.join(', ')}`] : []),
    ...(restarted.length > 0 ? [`Started again: ${restarted.join(', ')}`] : []),
    ...(restartProblem
      ? [
          `Not started again: ${restartProblem.message}${restartProblem.cure === undefined ? '' : `\n  -> ${restartProblem.cure}`}`,
        ]
      : []),
    ...(left.length > 0 && !restartProblem ? [`Go on with: sluice start ${left.join(' ')}`] : []),
    `Forward again: sluice rollback ${shortHash(plan.from)} ${(plan.pipelines ?? []).map((name) => `--pipeline ${name} `).join('')}--why "…"`,
  ].join('\n');
}
