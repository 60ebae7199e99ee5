import type { CommandContext } from '../cli/context';
import { plural } from '../cli/format';
import { outline } from './plan-apply';
import type { PipelinePlan, PlannedTable } from './plan-apply';
import type { TopicState } from './topics';

type Paper = Pick<CommandContext, 'colours'>;

export interface PlanTextInput {
  readonly plans: readonly PipelinePlan[];
  readonly topics: ReadonlyMap<string, TopicState>;
  /** Of topics that will be created; undefined: none will. */
  readonly createTopics: number | undefined;
}

/** What will be created, for people: new tables with their columns, the others in a line. */
export function planText({ plans, topics, createTopics }: PlanTextInput, paper: Paper): string {
  return plans
    .map(({ pipeline, tables }) =>
      [
        paper.colours.bold(pipeline.name),
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

function tableLines(table: PlannedTable, { colours }: Paper): string {
  const { table: name, columns, partition, state } = outline(table);
  if (state === 'same') return `  = table ${name}, as it is`;
  if (state === 'differs') return `  ${colours.red('!')} table ${name} differs: ${table.difference}`;
  const by = partition.length === 0 ? '' : ` partitioned by ${partition.join(', ')}`;
  const width = Math.max(...columns.map((column) => column.name.length));
  return [
    `  ${colours.green('+')} table ${name}${by}`,
    ...columns.map(
      (column) => `      ${column.name.padEnd(width)}  ${column.type}${column.required ? ' not null' : ''}`,
    ),
  ].join('\n');
}

export interface ApplyDocument {
  readonly pipelines: readonly {
    readonly pipeline: string;
    readonly topic: string;
    readonly partitions: number | null;
    readonly tables: readonly ReturnType<typeof outline>[];
  }[];
  readonly createdTopics: readonly string[];
  readonly createdTables: readonly string[];
  readonly hash: string | null;
}

/** The same for scripts. */
export function applyDocument(result: {
  readonly plans: readonly PipelinePlan[];
  readonly topics: ReadonlyMap<string, TopicState>;
  readonly createdTopics: readonly string[];
  readonly createdTables: readonly string[];
  readonly hash?: string;
}): ApplyDocument {
  return {
    pipelines: result.plans.map(({ pipeline, tables }) => ({
      pipeline: pipeline.name,
      topic: pipeline.source.topic,
      partitions: result.topics.get(pipeline.source.topic)?.partitions ?? null,
      tables: tables.map(outline),
    })),
    createdTopics: result.createdTopics,
    createdTables: result.createdTables,
    hash: result.hash ?? null,
  };
}
