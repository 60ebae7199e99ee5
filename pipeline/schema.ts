import { z } from 'zod';
import { isSluiceError } from '../base/errors';
import { parseTableName } from '../base/table-name';
import { parseColumn } from './column';
import { parseDuration } from './duration';
import { expectedFound } from './expected';
import { parsePartition } from './partition';
import { parseSortBy } from './sort-by';
import { whyNotProperty } from './table-properties';

/*
 * The shape of the pipeline file. Messages are phrases that follow "expected "; `issues.ts` adds what was found and where.
 * `pattern` in a meta serves editors only (docs/pipeline.schema.json): the parse functions are the truth.
 */

const durationPattern = '^[0-9]+(ms|s|m|h|d)$';
const tablePattern = '^[A-Za-z_][A-Za-z0-9_]*\\.[A-Za-z_][A-Za-z0-9_]*$';
const partitionPattern =
  '^\\s*([A-Za-z_]\\w*|(year|month|day|hour)\\s*\\(\\s*[A-Za-z_]\\w*\\s*\\)|(bucket|truncate)\\s*\\(\\s*[0-9]+\\s*,\\s*[A-Za-z_]\\w*\\s*\\))\\s*$';
const typePattern =
  '(boolean|int|bigint|float|double|date|timestamp|timestamptz|string|binary|uuid|decimal\\s*\\(\\s*\\d+\\s*,\\s*\\d+\\s*\\)|(list|map|struct)\\s*<.+>)';

const name = text({
  expected: 'a name of lowercase letters, digits and dashes',
  parse: parsePipelineName,
  meta: {
    description:
      'Name of the pipeline: it stands in workflow ids, branches and the consumer group. Lowercase letters, digits, dashes.',
    pattern: '^[a-z]([a-z0-9-]*[a-z0-9])?$',
    maxLength: 63,
    examples: ['user-activity'],
  },
});

const topic = text({
  expected: 'the name of a Kafka topic',
  parse: parseTopic,
  meta: {
    description: 'Kafka topic to read.',
    pattern: '^[a-zA-Z0-9._-]+$',
    maxLength: 249,
    examples: ['user_events'],
  },
});

const tableName = text({
  expected: 'a table as namespace.name',
  parse: parseTableName,
  meta: { description: 'Table as namespace.name.', pattern: tablePattern, examples: ['db.user_activity'] },
});

const partitionBy = text({
  expected: 'COLUMN, day(COLUMN), bucket(N, COLUMN) or the like',
  parse: parsePartition,
  meta: {
    pattern: partitionPattern,
    examples: ['day(event_time)', 'bucket(16, user_id)', 'truncate(4, zip)', 'country'],
  },
});

const sortBy = text({
  expected: 'COLUMN or COLUMN desc',
  parse: parseSortBy,
  meta: { pattern: '^\\s*[A-Za-z_]\\w*(\\s+(asc|desc))?\\s*$', examples: ['user_id', 'event_time desc'] },
});

const sort = z.array(sortBy, { error: 'a list such as [user_id, event_time desc]' }).optional().meta({
  description: 'Order of the rows in new files.',
});

const properties = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()], { error: 'a text, number or boolean' }), {
    error: 'a mapping of property names to values',
  })
  .transform((record, context) =>
    Object.fromEntries(
      Object.entries(record).flatMap(([key, found]) => {
        const why = whyNotProperty(key, String(found));
        if (why === undefined) return [[key, String(found)] as const];
        context.addIssue({ code: 'custom', message: why, path: [key] });
        return [];
      }),
    ),
  )
  .optional()
  .meta({
    description: 'Iceberg table properties that Sluice heeds, and names of your own that begin with x.',
    examples: [{ 'write.target-file-size-bytes': 134217728, 'x.owner': 'team-a' }],
  });

const columnText = z.string({ error: 'TYPE [not null] [from FIELD] [was NAME]' }).meta({
  description:
    'TYPE [not null] [from FIELD or a.b] [was the name it had before]. Types: boolean, int, bigint, float, double, decimal(p,s), date, timestamp, timestamptz, string, binary, uuid, list<T>, map<string,T>, struct<name: T, …>.',
  pattern: `^\\s*${typePattern}(\\s+not\\s+null)?(\\s+from\\s+\\S.*)?(\\s+was\\s+[A-Za-z_]\\w*)?\\s*$`,
  examples: ['bigint not null', 'timestamptz not null from timestamp', 'map<string,string>', 'string was name'],
});

const columns = z
  .record(z.string(), columnText, { error: 'a mapping of column names to types' })
  .transform((record, context) =>
    Object.entries(record).flatMap(
      ([column, type]) => attempt({ context, path: [column] }, () => [parseColumn(column, type)]) ?? [],
    ),
  )
  .meta({
    description: 'The raw table, in this order: column name to TYPE [not null] [from FIELD] [was NAME].',
    minProperties: 1,
    propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  });

export const sourceShape = z.strictObject(
  {
    topic,
    format: word(['json']).default('json').meta({ description: 'Format of the messages.' }),
    columns,
    event_time: filled('the name of a column').meta({
      description: 'The column that holds the event time: timestamptz or timestamp, not null.',
    }),
    watermark: duration('How far out of order events may come (bounded out-of-orderness).', 'allowed').prefault('5s'),
    idle: duration('A caught-up partition without data for this long no longer holds the watermark.').prefault('30s'),
    max_future: duration("An event time further ahead of Kafka's timestamp than this makes a rejected row.").prefault(
      '10m',
    ),
    unknown_fields: word(['ignore', 'keep', 'evolve']).default('ignore').meta({
      description:
        'What becomes of message fields that no column reads. ignore: left out; keep: as JSON text in the column _extra; evolve: nullable columns are added for them.',
    }),
  },
  { error: 'a mapping with topic, columns and event_time' },
);

export const hopShape = z.strictObject(
  {
    size: duration('Length of each window, a multiple of slide.'),
    slide: duration('Distance between the starts of two windows.'),
  },
  { error: 'a mapping with size and slide' },
);

export const DEFAULT_SESSION_MAX_MS = 86_400_000;

const sessionGap = duration('Events further apart than this are in different sessions.');

export const sessionShape = z.strictObject(
  {
    gap: sessionGap,
    by: z
      .array(filled('the name of a column'), { error: 'a list of columns such as [user_id]' })
      .default([])
      .meta({ description: 'Columns of the key: each combination of values has sessions of its own.' }),
    max: duration('No session reaches over a multiple of this since 1970-01-01 UTC.').prefault('1d'),
  },
  { error: 'a mapping with gap, by and max' },
);

export const windowShape = z.strictObject(
  {
    table: tableName,
    tumble: duration('Size of the tumbling window; windows start at multiples of it since 1970-01-01 UTC.').optional(),
    hop: hopShape.optional().meta({
      description: 'Hopping windows: each event is in size / slide of them.',
      examples: [{ size: '5m', slide: '1m' }],
    }),
    session: z
      .union([sessionGap, sessionShape], { error: 'a gap such as 30m, or a mapping with gap, by and max' })
      .optional()
      .meta({ description: 'Session windows: events of one key that follow each other within the gap.' }),
    lateness: duration(
      'How long after its end a window takes late events; it is then computed again.',
      'allowed',
    ).prefault('0s'),
    late: word(['amend', 'side']).default('amend').meta({
      description:
        'amend: events that come within the lateness change the published window; side: they are only listed in TABLE__late.',
    }),
    streams: z
      .record(z.string(), tableName, { error: 'a mapping of aliases to raw tables' })
      .default({})
      .meta({
        description:
          'Raw tables of other pipelines, by the alias under which the query reads them, cut into the same windows.',
        examples: [{ auctions: 'nexmark.auction' }],
      }),
    query: filled('a DuckDB query over events').meta({
      description:
        'DuckDB SQL; events has the raw columns plus window_start and window_end. Each closed window is computed once.',
      examples: ['select user_id, window_end, count(*) as event_count from events group by all'],
    }),
    retention: duration(
      'Results of windows older than this are dropped, a whole partition at a time; by default they stay.',
    ).optional(),
    sort,
    properties,
  },
  { error: 'a mapping with table, query and one of tumble, hop, session' },
);

export const checkShape = z.strictObject(
  {
    name: filled('a name')
      .max(100, { error: 'a name of at most 100 characters' })
      .meta({ description: 'Name of the rule, unique in the pipeline.' }),
    table: tableName,
    fails: filled('a DuckDB query over batch').meta({
      description:
        'DuckDB SQL over batch, the rows that the batch adds to the table; each row it returns breaks the rule.',
      examples: ['select * from batch where user_id <= 0'],
    }),
    then: word(['warn', 'hold']).meta({
      description: 'warn: publish and report; hold: keep the audit branch until a person approves or rejects.',
    }),
  },
  { error: 'a mapping with name, table, fails and then' },
);

export const batchShape = z.strictObject(
  {
    every: duration('How often a batch is cut.').prefault('10s'),
    max_events: z
      .int({ error: 'a whole number of events, from 1 to 100000000' })
      .min(1, { error: 'a whole number of events, from 1 to 100000000' })
      .max(100_000_000, { error: 'a whole number of events, from 1 to 100000000' })
      .default(1_000_000)
      .meta({ description: 'Most events in one batch.' }),
  },
  { error: 'a mapping with every and max_events' },
);

export const keepShape = z.strictObject(
  {
    every: duration('One snapshot stays for each span of this length.'),
    for: duration('How far back the rule reaches.'),
  },
  { error: 'a mapping with every and for' },
);

export const retentionShape = z.strictObject(
  {
    snapshots: duration("Snapshots younger than this stay in the tables' metadata.").optional(),
    min_snapshots: count('So many of the newest snapshots stay, however old.').optional(),
    max_snapshots: count('So many snapshots at most, beside those that keep names.').optional(),
    keep: z
      .array(keepShape, { error: 'a list such as [{every: 1d, for: 30d}]' })
      .optional()
      .meta({
        description: 'Older snapshots that stay: one for each span of `every`, as far back as `for`.',
        examples: [[{ every: '1d', for: '30d' }]],
      }),
    rows: duration(
      'Rows of the raw and the rejected table older than this are dropped, a whole partition at a time; by default they stay.',
    ).optional(),
  },
  { error: 'a mapping such as {snapshots: 7d, rows: 90d}' },
);

export const fileShape = z.strictObject(
  {
    pipeline: name,
    source: sourceShape,
    table: tableName,
    partition: z.array(partitionBy, { error: 'a list such as [day(event_time)]' }).prefault([]).meta({
      description: "Partitioning of the raw table: a column, or Iceberg's year, month, day, hour, bucket, truncate.",
    }),
    windows: z
      .array(windowShape, { error: 'a list of windows' })
      .prefault([])
      .meta({ description: 'Windows over event time, a table each.' }),
    checks: z
      .array(checkShape, { error: 'a list of checks' })
      .prefault([])
      .meta({ description: 'Rules that every batch is held against before it is published.' }),
    batch: batchShape.prefault({}).meta({ description: 'When a batch is cut.' }),
    retention: retentionShape.optional().meta({ description: 'How long snapshots and rows stay.' }),
    sort,
    properties,
  },
  { error: 'a mapping with pipeline, source and table' },
);

export type PipelineFile = z.output<typeof fileShape>;

/** Runs a parse function of this folder inside a zod transform: its BAD_INPUT becomes an issue at `path`. */
function attempt<T>(
  input: { readonly context: z.RefinementCtx; readonly path: readonly string[] },
  parse: () => T,
): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!isSluiceError(error, 'BAD_INPUT')) throw error;
    input.context.addIssue({ code: 'custom', message: error.message, path: [...input.path] });
    return undefined;
  }
}

/** A text that `parse` reads. The meta stands on the text, not on what becomes of it: the JSON Schema describes the file. */
function text<T>(input: {
  readonly expected: string;
  readonly parse: (text: string) => T;
  readonly meta: z.GlobalMeta;
}) {
  return z
    .string({ error: input.expected })
    .meta(input.meta)
    .transform((value, context): T => attempt({ context, path: [] }, () => input.parse(value)) ?? z.NEVER);
}

function duration(description: string, zero: 'allowed' | 'refused' = 'refused') {
  return text({
    expected: 'a duration such as 250ms, 5s, 1m, 1h or 7d',
    parse: (value) => parseDuration(value, { zero }),
    meta: { description, pattern: durationPattern, examples: ['5s', '1m'] },
  });
}

function count(description: string) {
  const expected = 'a whole number, from 1 to 10000';
  return z.int({ error: expected }).min(1, { error: expected }).max(10_000, { error: expected }).meta({ description });
}

function filled(expected: string) {
  return z
    .string({ error: expected })
    .refine((value) => value.trim() !== '', { error: expected })
    .meta({ pattern: '\\S' });
}

function word<const W extends readonly [string, ...string[]]>(words: W) {
  return z.enum(words, { error: words.join(' or ') });
}

function parsePipelineName(value: string): string {
  const expected = 'a name of lowercase letters, digits and dashes (at most 63, starting with a letter)';
  if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) throw expectedFound({ expected, found: value });
  // Nessie reads 8 to 64 hex digits as a commit hash.
  if (/^[a-f0-9]{8,64}$/.test(value))
    throw expectedFound({ expected: 'a name that does not look like a commit hash', found: value });
  return value;
}

function parseTopic(value: string): string {
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(value) || value === '.' || value === '..') {
    throw expectedFound({
      expected: 'the name of a Kafka topic (letters, digits, ".", "_", "-", at most 249)',
      found: value,
    });
  }
  return value;
}
