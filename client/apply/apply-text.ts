import { changeText } from '../../lake/evolve/change';
import type { CommandContext } from '../cli/context';
import { plural } from '../cli/format';
import type { ApplyPlan, ApplyResult } from './apply';
import { outline } from './plan-apply';
import type { PlannedTable } from './plan-apply';
import type { TopicState } from './topics';

type Paper = Pick<CommandContext, 'colours'>;

export interface PlanTextInput extends ApplyPlan {
  /** Of topics that will be created; undefined: none will. */
  readonly createTopics: number | undefined;
}

/** What will be done, for people: new tables with their columns, changed ones like a diff, the others in a line. */
export function planText({ plans, topics, running, createTopics }: PlanTextInput, paper: Paper): string {
  return plans
    .map(({ pipeline, tables }) =>
      [
        `${paper.colours.bold(pipeline.name)}${running.has(pipeline.name) ? ' (runs: takes its new file up between two batches)' : ''}`,
        topicLine(topics.get(pipeline.source.topic), createTopics, paper),
        ...tables.map((table) => tableLines(table, paper)),
      ].join('\n'),
    )
    .join('\n');
}

function topicLine(state: TopicState | undefined, createTopics: number | undefined, { colours }: Paper): string {
  if (state?.partitions !== undefined) return `  = topic ${state.topic}, ${plural(state.partitions, 'partition')}`;
  return createTopics === undefined
    ? `  ${colours.red('!')} topic ${state?.topic} does not exist`
    : `  ${colours.green('+')} topic ${state?.topic}, ${plural(createTopics, 'partition')}`;
}

function tableLines(table: PlannedTable, paper: Paper): string {
  const { colours } = paper;
  const { table: name, columns, partition, state } = outline(table);
  if (state === 'same') return `  = table ${name}, as it is`;
  if (state === 'refused') {
    const refused = table.problems.map(({ message }) => `      ${colours.red('!')} ${message}`);
    return [`  ${colours.red('!')} table ${name} cannot become what the file says`, ...refused].join('\n');
  }
  if (state === 'changes') return [`  ~ table ${name}`, ...changeLines(table, paper)].join('\n');
  const by = partition.length === 0 ? '' : ` partitioned by ${partition.join(', ')}`;
  const width = Math.max(...columns.map((column) => column.name.length));
  return [
    `  ${colours.green('+')} table ${name}${by}`,
    ...columns.map(
      (column) => `      ${column.name.padEnd(width)}  ${column.type}${column.required ? ' not null' : ''}`,
    ),
  ].join('\n');
}

function changeLines({ changes }: PlannedTable, { colours }: Paper): readonly string[] {
  const paint = { '+': colours.green, '-': colours.red, '~': (text: string) => text };
  return changes.map((change) => {
    const { sign, text } = changeText(change);
    return `      ${paint[sign](sign)} ${text}`;
  });
}

export interface ApplyDocument {
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly topic: string;
    readonly partitions: number | null;
    readonly running: boolean;
    readonly tables: readonly ReturnType<typeof outline>[];
  }[];
  readonly createdTopics: readonly string[];
  readonly createdTables: readonly string[];
  readonly changedTables: readonly string[];
  readonly taken: ApplyResult['taken'];
  readonly hash: string | null;
}

/** The same for scripts. */
export function applyDocument(result: ApplyResult): ApplyDocument {
  return {
    pipelines: result.plans.map(({ pipeline, tables }) => ({
      pipeline: pipeline.name,
      topic: pipeline.source.topic,
      partitions: result.topics.get(pipeline.source.topic)?.partitions ?? null,
      running: result.running.has(pipeline.name),
      tables: tables.map(outline),
    })),
    createdTopics: result.createdTopics,
    createdTables: result.createdTables,
    changedTables: result.changedTables,
    taken: result.taken,
    hash: result.hash ?? null,
  };
}

/** What was done, in a line or two. */
export function doneText({ createdTopics, createdTables, changedTables, taken, hash }: ApplyResult): string {
  const done = [
    ...(createdTopics.length === 0 ? [] : [`Created ${plural(createdTopics.length, 'topic')}.`]),
    ...(createdTables.length === 0
      ? []
      : [`Created ${plural(createdTables.length, 'table')} in one commit, ${hash?.slice(0, 12)}.`]),
    ...(changedTables.length === 0
      ? []
      : [`Changed ${plural(changedTables.length, 'table')} in one commit, ${hash?.slice(0, 12)}.`]),
    ...taken.map(({ pipeline, afterBatch }) => `${pipeline} goes on by its new file after batch ${afterBatch}.`),
  ];
  return done.length === 0 ? 'Nothing to do: all tables are as the files say.' : done.join(' ');
}
