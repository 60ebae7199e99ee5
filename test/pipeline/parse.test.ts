import { isSluiceError, type SluiceError } from '../../base/errors';
import { checkPipeline, parsePipeline } from '../../pipeline/parse';

const small = `pipeline: p
source:
  topic: t
  columns:
    id: bigint not null
    at: timestamptz not null
  event_time: at
table: public.events
`;

function failure(text: string): SluiceError {
  try {
    parsePipeline(text, 'p.yaml');
  } catch (error) {
    if (isSluiceError(error)) return error;
    throw error;
  }
  throw new Error('expected the file to be refused');
}

/** The problems of `text`, without the file name. */
function problems(text: string): readonly string[] {
  return failure(text)
    .message.split('\n')
    .map((line) => line.replace('p.yaml:', ''));
}

test('defaults', () => {
  expect(parsePipeline(small, 'p.yaml')).toEqual({
    name: 'p',
    source: {
      topic: 't',
      format: 'json',
      columns: [
        { name: 'id', type: { kind: 'bigint' }, required: true, path: ['id'] },
        { name: 'at', type: { kind: 'timestamptz' }, required: true, path: ['at'] },
      ],
      eventTime: 'at',
      watermarkMs: 5_000,
      idleMs: 30_000,
      maxFutureMs: 600_000,
    },
    table: { namespace: 'public', name: 'events' },
    partition: [],
    windows: [],
    checks: [],
    batch: { everyMs: 10_000, maxEvents: 1_000_000 },
  });
});

test('a pipeline is plain JSON', () => {
  const pipeline = parsePipeline(small, 'p.yaml');
  expect(JSON.parse(JSON.stringify(pipeline))).toEqual(pipeline);
});

test('every key', () => {
  const pipeline = parsePipeline(
    `pipeline: all-keys
source:
  topic: t.1-x_y
  format: json
  columns:
    id: bigint not null from user.id
    at: timestamp not null from "when at"
    place: struct<city:string,geo:struct<lat:double,lon:double>>
    tags: list<string>
    total: decimal(38,10)
  event_time: at
  watermark: 0s
  idle: 1m
  max_future: 2h
  unknown_fields: ignore
table: public.events
partition:
  - day(at)
  - bucket(16, id)
  - truncate(100, id)
windows:
  - table: db.a
    tumble: 1500ms
    query: select window_end, count(*) as n from events group by all
checks:
  - {name: ids, table: public.events, fails: select * from batch where id < 0, then: hold}
  - {name: too many refused, table: public.events__batches, fails: select * from batch where rejected > rows, then: warn}
  - {name: no late rows, table: db.a__late, fails: from batch, then: warn}
batch: {every: 1s, max_events: 5}
`,
    'p.yaml',
  );
  expect(pipeline.source).toMatchObject({ eventTime: 'at', watermarkMs: 0, idleMs: 60_000, maxFutureMs: 7_200_000 });
  expect(pipeline.source.columns.map((column) => column.path)).toEqual([
    ['user', 'id'],
    ['when at'],
    ['place'],
    ['tags'],
    ['total'],
  ]);
  expect(pipeline.partition.map((by) => by.transform)).toEqual([
    { kind: 'day' },
    { kind: 'bucket', buckets: 16 },
    { kind: 'truncate', width: 100 },
  ]);
  expect(pipeline.windows[0]).toMatchObject({
    table: { namespace: 'db', name: 'a' },
    shape: { kind: 'tumble', sizeMs: 1500 },
  });
  expect(pipeline.checks.map((check) => check.then)).toEqual(['hold', 'warn', 'warn']);
  expect(pipeline.batch).toEqual({ everyMs: 1_000, maxEvents: 5 });
});

test('all problems are said at once, in the order of lines', () => {
  expect(
    problems(`pipeline: User Activity
source:
  topic: user_events
  columns:
    user_id: bigit not null
    event_time: timestamptz
    _offset: bigint
  event_time: event_time
  idel: 30s
partition: [hour(user_id), dya(event_time)]
windows:
  - table: db.w
    tumble: 5
    query: select 1
  - table: db.W
    tumble: 1m
    query: select 1
batch: {every: 1s, max_events: many}
`),
  ).toEqual([
    '1: pipeline: expected a name of lowercase letters, digits and dashes (at most 63, starting with a letter), found "User Activity"',
    '1: table: expected a table as namespace.name, found nothing',
    expect.stringMatching(
      /^5: source\.columns\.user_id: expected a type \(.*\), found "bigit"; did you mean bigint\?$/,
    ),
    '7: source.columns._offset: expected a name that does not start with _partition, _offset, _timestamp (system columns), found "_offset"',
    '8: source.event_time: expected a column of type timestamptz not null or timestamp not null, found event_time: timestamptz',
    '9: source.idel: expected one of the keys topic, format, columns, event_time, watermark, idle, max_future, unknown_fields, found "idel"; did you mean idle?',
    expect.stringMatching(/^10: partition\[1\]: expected COLUMN, .*, found "dya\(event_time\)"; did you mean day\?$/),
    '13: windows[0].tumble: expected a duration such as 250ms, 5s, 1m, 1h or 7d, found 5',
    '15: windows[1].table: expected a table of its own, not that of another window, found "db.W"',
    '18: batch.max_events: expected a whole number of events, from 1 to 100000000, found "many"',
  ]);
});

test('the error says what to do and where', () => {
  const error = failure(small.replace('topic: t', 'topic: t t'));
  expect(error.code).toBe('PIPELINE_INVALID');
  expect(error.message).toBe(
    'p.yaml:3: source.topic: expected the name of a Kafka topic (letters, digits, ".", "_", "-", at most 249), found "t t"',
  );
  expect(error.cure).toBe('Correct this line in p.yaml; docs/pipeline.md explains every key.');
  expect(error.context).toEqual({ file: 'p.yaml', line: 3, problems: 1 });
});

describe('keys of a later version are refused by name', () => {
  test.each([
    [
      'quarantine',
      `${small}checks: [{name: a, table: public.events, fails: from batch, then: quarantine}]`,
      ['9: checks[0].then: not yet supported: quarantine (expected warn or hold)'],
    ],
    ['alerts', `${small}alerts: []\n`, ['9: alerts: not yet supported: key alerts']],
    ['max_bytes', `${small}batch: {max_bytes: 5}\n`, ['9: batch.max_bytes: not yet supported: key max_bytes']],
  ])('%s', (_name, text, expected) => {
    expect(problems(text)).toEqual(expected);
    expect(failure(text).code).toBe('NOT_SUPPORTED');
    expect(failure(text).cure).toContain('docs/pipeline.md lists what is supported');
  });

  test('beside a mistake, the file is invalid first of all', () => {
    expect(failure(`${small}alerts: []\nretentoin: 5\n`).code).toBe('PIPELINE_INVALID');
  });
});

test.each([
  [
    'unknown key, near',
    'tabel: x',
    '9: tabel: expected one of the keys pipeline, source, table, partition, windows, checks, batch, retention, sort, properties, found "tabel"; did you mean table?',
  ],
  [
    'key of another place',
    'watermark: 1s',
    '9: watermark: expected one of the keys pipeline, source, table, partition, windows, checks, batch, retention, sort, properties, found "watermark"; watermark belongs in source',
  ],
  [
    'unknown key, far',
    'foo: 1',
    '9: foo: expected one of the keys pipeline, source, table, partition, windows, checks, batch, retention, sort, properties, found "foo"',
  ],
  [
    'key of a later version, mistyped',
    'alert: []',
    '9: alert: expected one of the keys pipeline, source, table, partition, windows, checks, batch, retention, sort, properties, found "alert"; did you mean alerts?',
  ],
  ['key twice', 'table: db.other', '9: table: expected this key once, found it again (first on line 8)'],
])('%s', (_name, line, expected) => {
  expect(problems(`${small}${line}\n`)).toEqual([expected]);
});

describe('columns', () => {
  const withColumn = (line: string) => small.replace('    id:', `    ${line}\n    id:`);
  test.each([
    ['a system column', '_partition: int', 'expected a name that does not start with _partition'],
    [
      'one that starts like a system column',
      '_timestamp_ms: bigint',
      'expected a name that does not start with _partition',
    ],
    ['a window column', 'Window_Start: timestamptz', 'expected a name other than window_start and window_end'],
    ["a reader's metadata column", '_file: string', '(reserved)'],
    ['a dollar', '$p: int', 'expected a column name of letters, digits and _'],
    ['a digit in front', '1st: int', 'expected a column name of letters, digits and _'],
    ['a name with spaces', '"a b": int', 'expected a column name of letters, digits and _'],
    ['the same but for case', 'ID: int', 'expected names that differ by more than case, found "ID" and "id"'],
    ['no type', 'x:', 'expected TYPE [not null] [from FIELD] [was NAME], found nothing'],
    ['a mapping as type', 'x: {type: int}', 'expected TYPE [not null] [from FIELD] [was NAME], found a mapping'],
    ['a number as type', 'x: 5', 'expected TYPE [not null] [from FIELD] [was NAME], found 5'],
  ])('%s', (_name, line, expected) => {
    expect(problems(withColumn(line))).toEqual([expect.stringContaining(expected)]);
  });

  test('none', () => {
    expect(
      problems('pipeline: p\nsource: {topic: t, columns: {}, event_time: at}\ntable: a.b\npartition: [day(at)]\n'),
    ).toEqual(['2: source.columns: expected at least one column, found an empty mapping']);
  });

  test('names that JavaScript objects know are plain names', () => {
    expect(
      parsePipeline(
        withColumn('constructor: int\n    toString: int\n    hasOwnProperty: int'),
        'p.yaml',
      ).source.columns.map(({ name }) => name),
    ).toEqual(['constructor', 'toString', 'hasOwnProperty', 'id', 'at']);
    expect(problems(withColumn('__proto__: int'))).toEqual([
      '5: source.columns: expected a name as key, found "__proto__"',
    ]);
  });

  test('a column may be called null or true', () => {
    expect(
      parsePipeline(withColumn('null: int\n    true: int'), 'p.yaml').source.columns.map(({ name }) => name),
    ).toEqual(['null', 'true', 'id', 'at']);
  });
});

describe('event time', () => {
  test("may be Kafka's own timestamp", () => {
    const text = small.replace('event_time: at', 'event_time: _timestamp');
    expect(parsePipeline(text, 'p.yaml').source.eventTime).toBe('_timestamp');
  });

  test.each([
    ['event_time: ta', 'expected one of the columns id, at, found "ta"'],
    [
      'event_time: id',
      'expected a column of type timestamptz not null or timestamp not null, found id: bigint not null',
    ],
    ['event_time: ""', 'expected the name of a column, found ""'],
    ['event_time: _offset', 'expected one of the columns id, at, found "_offset"'],
  ])('%s', (line, expected) => {
    expect(problems(small.replace('event_time: at', line))).toEqual([expect.stringContaining(expected)]);
  });
});

describe('partition', () => {
  test.each([
    ['[day(ta)]', ['expected one of the columns id, at, found "ta"; did you mean at?']],
    ['[day(id)]', ['expected a column of type date, timestamp, timestamptz for day, not bigint, found "day(id)"']],
    ['[day(at), hour(at)]', ['expected one partition field only beside day(at), found "hour(at)"']],
    ['[id, id]', ['expected one partition field only beside id, found "id"']],
    [
      '["bucket(4, id)", "bucket(8, id)"]',
      ['expected one partition field only beside bucket(4, id), found "bucket(8, id)"'],
    ],
    ['["bucket(4, id)"]', []],
    ['[day(_timestamp), _partition]', []],
    ['day(at)', ['expected a list such as [day(event_time)], found "day(at)"']],
    [
      '[bucket(4, id)]',
      [expect.stringContaining('YAML splits at commas'), expect.stringContaining('YAML splits at commas')],
    ],
  ])('%s', (value, expected) => {
    const check = checkPipeline(`${small}partition: ${value}\n`);
    expect('problems' in check ? check.problems.map(({ message }) => message) : []).toEqual(expected);
  });

  test('a partition field must not be named like a column', () => {
    expect(problems(`${small.replace('    id:', '    at_day: int\n    id:')}partition: [day(at)]\n`)).toEqual([
      '10: partition[0]: expected a partition field that is not named like column at_day, found "day(at)"',
    ]);
  });
});

describe('tables', () => {
  const windows = (...tables: string[]) =>
    `windows:\n${tables.map((table) => `  - {table: ${table}, tumble: 1m, query: select 1}\n`).join('')}`;
  test.each([
    [
      'the raw table again',
      windows('public.events'),
      'expected a table of its own, not that of the raw events, found "public.events"',
    ],
    [
      'two windows, one table',
      windows('db.a', 'db.A'),
      'expected a table of its own, not that of another window, found "db.A"',
    ],
    ['rejected rows', windows('public.events__rejected'), 'expected a name that does not end in __rejected'],
    ['late rows', windows('db.a__late'), 'expected a name that does not end in __late'],
    ['ledger', windows('db.a__BATCHES'), 'expected a name that does not end in __batches'],
    ['own namespace', windows('sluice.alerts'), 'expected a namespace other than sluice'],
    ['no namespace', windows('a'), 'expected a table as namespace.name, found "a"'],
    [
      'check of a foreign table',
      'checks: [{name: c, table: public.event, fails: from batch, then: warn}]',
      'found "public.event"; did you mean public.events?',
    ],
    [
      'checks of one name',
      'checks: [{name: c, table: public.events, fails: a, then: warn}, {name: c, table: public.events, fails: a, then: warn}]',
      'expected a name of its own for each check, found "c" again',
    ],
  ])('%s', (_name, extra, expected) => {
    expect(problems(`${small}${extra}\n`)).toEqual([expect.stringContaining(expected)]);
  });
});

describe('names of pipelines', () => {
  test.each(['a', 'user-activity', 'p2', 'deadbee', 'x-deadbeef'])('%s', (name) => {
    expect(parsePipeline(small.replace('pipeline: p', `pipeline: ${name}`), 'p.yaml').name).toBe(name);
  });
  test.each(['A', '2p', '-a', 'a-', 'a_b', 'a.b', 'a b', 'deadbeef', 'a'.repeat(64)])('%s is refused', (name) => {
    expect(problems(small.replace('pipeline: p', `pipeline: ${name}`))).toEqual([
      expect.stringMatching(/^1: pipeline: expected a name /),
    ]);
  });
});

test.each([
  ['', '1: expected a mapping with pipeline, source and table, found nothing'],
  ['# nothing but a comment\n', '1: expected a mapping with pipeline, source and table, found nothing'],
  ['just text', '1: expected a mapping with pipeline, source and table, found "just text"'],
  ['- a\n- b\n', '1: expected a mapping with pipeline, source and table, found a list'],
  [`${small}  bad indent: 1\n`, '8: expected valid YAML, found: Nested mappings'],
])('%j is no pipeline', (text, expected) => {
  expect(problems(text)).toEqual([expect.stringContaining(expected)]);
});

test.each(['keep', 'evolve'])('unknown_fields: %s', (mode) => {
  const check = checkPipeline(small.replace('  event_time', `  unknown_fields: ${mode}\n  event_time`));
  expect(check).toMatchObject({ pipeline: { source: { unknownFields: mode } } });
});
