/**
 * From JSON lines to Parquet, measured: CPU per event of DuckDB, and of JSON.parse + apache-arrow + parquet-wasm, over the same events.
 *
 *   npx tsx bench/parquet-path.ts [--events 1000000] [--javascript-events 200000] [--rounds 5] [--json]
 *
 * Events are those of the shipped user-activity pipeline, 145 bytes each, made here from a seed. Each way runs in a process of its own, once to
 * warm up, then `rounds` times; the best round counts. CPU is user + system time of that process: other load on the machine makes it worse, never better.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  Field,
  Int32,
  Int64,
  makeBuilder,
  makeData,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
  type Vector,
} from 'apache-arrow';
import { Compression, Table as WasmTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';
import { auditFile } from '../engine/audit';
import { decodeLines } from '../engine/decode';
import { openEngine, type Session } from '../engine/engine';
import { filesRelation } from '../engine/read-files';
import { fixedEventsSql } from '../engine/windows/fixed-windows-sql';
import { windowQuerySql } from '../engine/windows/window-sql';
import { writeTable } from '../engine/write-parquet';
import type { PartitionSpec, Schema as IcebergSchema } from '../lake/iceberg/types';
import type { Column } from '../pipeline/model';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    'javascript-events': { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '5' },
    way: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const columns: readonly Column[] = [
  { name: 'user_id', type: { kind: 'bigint' }, required: true, path: ['user_id'] },
  { name: 'event_time', type: { kind: 'timestamptz' }, required: true, path: ['event_time'] },
  { name: 'event_type', type: { kind: 'string' }, required: false, path: ['event_type'] },
  {
    name: 'properties',
    type: { kind: 'map', key: { kind: 'string' }, value: { kind: 'string' } },
    required: false,
    path: ['properties'],
  },
];

const schema: IcebergSchema = {
  type: 'struct',
  'schema-id': 0,
  fields: [
    { id: 1, name: '_partition', required: true, type: 'int' },
    { id: 2, name: '_offset', required: true, type: 'long' },
    { id: 3, name: '_timestamp', required: true, type: 'timestamptz' },
    { id: 4, name: 'user_id', required: true, type: 'long' },
    { id: 5, name: 'event_time', required: true, type: 'timestamptz' },
    { id: 6, name: 'event_type', required: false, type: 'string' },
    {
      id: 7,
      name: 'properties',
      required: false,
      type: { type: 'map', 'key-id': 8, key: 'string', 'value-id': 9, 'value-required': false, value: 'string' },
    },
  ],
};
const byDay: PartitionSpec = {
  'spec-id': 0,
  fields: [{ name: 'event_time_day', transform: 'day', 'source-id': 5, 'field-id': 1000 }],
};
const byDayAndBucket: PartitionSpec = {
  'spec-id': 0,
  fields: [...byDay.fields, { name: 'user_id_bucket', transform: 'bucket[4]', 'source-id': 4, 'field-id': 1001 }],
};
const query =
  'select user_id, event_type, window_end, count(*) as event_count, max(event_time) as last_seen from events group by all';

interface Message {
  readonly $p: number;
  readonly $o: number;
  readonly $t: number;
  readonly user_id: number;
  readonly event_time: string;
  readonly event_type: string;
  readonly properties: Readonly<Record<string, string>>;
}

interface Work {
  readonly directory: string;
  readonly spool: string;
  readonly events: number;
}

/** Runs once per round; what it needs is made before, outside the measurement. */
type Round = () => Promise<void>;

const ways: Readonly<
  Record<string, { readonly javascript: boolean; readonly prepare: (work: Work) => Promise<Round> }>
> = {
  'JSON to rows: DuckDB (decodeLines)': {
    javascript: false,
    prepare: async (work) => decodeRound(await duckdb(work), work, work.spool),
  },
  'JSON to rows: DuckDB, one line in 1000 malformed': {
    javascript: false,
    prepare: async (work) => decodeRound(await duckdb(work), work, `${work.spool}.spoilt`),
  },
  'JSON to rows: JSON.parse + vectorFromArray': {
    javascript: true,
    prepare: async (work) => async () => void arrowTable(await parseLines(work)),
  },
  'JSON to rows: JSON.parse alone': {
    javascript: true,
    prepare: async (work) => async () => void (await parseLines(work)),
  },
  'rows to Parquet: DuckDB (writeTable, by day)': { javascript: false, prepare: (work) => writeRound(work, byDay) },
  'rows to Parquet: DuckDB (writeTable, by day and 4 buckets)': {
    javascript: false,
    prepare: (work) => writeRound(work, byDayAndBucket),
  },
  'rows to Parquet: parquet-wasm from an Arrow table': { javascript: true, prepare: wasmRound },
  'audit: parquet-wasm + apache-arrow (auditFile)': { javascript: false, prepare: auditRound },
  'windows of 1 minute over the Parquet files: DuckDB, with writing': { javascript: false, prepare: windowRound },
};

async function duckdb({ directory }: Work): Promise<Session> {
  const engine = await openEngine({
    memoryLimit: '400MB',
    threads: 2,
    tempDirectory: path.join(directory, 'spill'),
    directories: [directory],
  });
  return engine.session();
}

function decodeRound(session: Session, { directory, events }: Work, file: string): Round {
  const input = {
    lines: [{ partition: 0, path: file, lines: events }],
    columns,
    eventTime: 'event_time',
    maxFutureMs: 600_000,
    into: 'raw_rows',
    directory,
  };
  return async () => void (await decodeLines(session, input));
}

async function writeRound(work: Work, spec: PartitionSpec): Promise<Round> {
  const session = await duckdb(work);
  await decodeRound(session, work, work.spool)();
  return async () =>
    void (await writeTable(session, {
      select: 'SELECT * FROM raw_rows',
      schema,
      spec,
      directory: path.join(work.directory, 'out'),
      namePrefix: 'bench',
    }));
}

async function auditRound(work: Work): Promise<Round> {
  const session = await duckdb(work);
  await decodeRound(session, work, work.spool)();
  const files = await writeTable(session, {
    select: 'SELECT * FROM raw_rows',
    schema,
    spec: byDay,
    directory: path.join(work.directory, 'out'),
    namePrefix: 'bench',
  });
  return async () => {
    for (const { localPath, dataFile } of files)
      await auditFile({ bytes: readFileSync(localPath), expected: dataFile, schema });
  };
}

async function windowRound(work: Work): Promise<Round> {
  const session = await duckdb(work);
  await decodeRound(session, work, work.spool)();
  const files = await writeTable(session, {
    select: 'SELECT * FROM raw_rows',
    schema,
    spec: byDay,
    directory: path.join(work.directory, 'out'),
    namePrefix: 'bench',
  });
  const source = filesRelation(
    schema,
    files.map(({ localPath }) => localPath),
  );
  const events = fixedEventsSql({
    source,
    eventTime: 'event_time',
    windows: { sizeMs: 60_000, slideMs: 60_000 },
    wanted: { closing: { untilMs: 4e12 }, again: [] },
  });
  const select = windowQuerySql(query, [{ name: 'events', sql: events }]);
  const windowSchema: IcebergSchema = {
    type: 'struct',
    'schema-id': 0,
    fields: [
      ['user_id', 'long'],
      ['event_type', 'string'],
      ['window_end', 'timestamptz'],
      ['event_count', 'long'],
      ['last_seen', 'timestamptz'],
    ].map(([name, type], index) => ({ id: index + 1, name: name!, required: false, type: type as 'long' })),
  };
  return async () =>
    void (await writeTable(session, {
      select,
      schema: windowSchema,
      spec: { 'spec-id': 0, fields: [] },
      directory: path.join(work.directory, 'windows'),
      namePrefix: 'bench',
    }));
}

async function parseLines({ spool }: Work): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for await (const line of createInterface({ input: createReadStream(spool) }))
    messages.push(JSON.parse(line) as Message);
  return messages;
}

/** Numbers and times straight into typed arrays, the quickest that Arrow offers; texts and the map by its builders. */
function arrowTable(messages: readonly Message[]): Table {
  const long = (read: (message: Message) => bigint): BigInt64Array => BigInt64Array.from(messages, read);
  const at = (ms: number): bigint => BigInt(ms) * 1000n;
  const micros = new TimestampMicrosecond('UTC');
  const vectors: Readonly<Record<string, Vector>> = {
    _partition: vectorFromArray(Int32Array.from(messages, ({ $p }) => $p)) as Vector,
    _offset: vectorFromArray(long(({ $o }) => BigInt($o))) as Vector,
    _timestamp: vectorFromArray(long(({ $t }) => at($t))) as Vector,
    user_id: vectorFromArray(long(({ user_id }) => BigInt(user_id))) as Vector,
    event_time: vectorFromArray(long(({ event_time }) => at(Date.parse(event_time)))) as Vector,
    event_type: vectorFromArray(
      messages.map(({ event_type }) => event_type),
      new Utf8(),
    ) as Vector,
    properties: mapVector(messages),
  };
  const types = [new Int32(), new Int64(), micros, new Int64(), micros, new Utf8(), vectors['properties']!.type];
  const fields = Object.keys(vectors).map((name, index) => new Field(name, types[index]!, true));
  const data = Object.values(vectors).map((vector, index) =>
    types[index] === micros
      ? makeData({ type: micros, length: messages.length, nullCount: 0, data: vector.data[0]!.values as BigInt64Array })
      : vector.data[0]!,
  );
  const struct = makeData({ type: new Struct(fields), length: messages.length, nullCount: 0, children: data });
  return new Table([new RecordBatch(new Schema(fields), struct)]);
}

function mapVector(messages: readonly Message[]): Vector {
  const type = new Map_(
    new Field(
      'entries',
      new Struct<{ key: Utf8; value: Utf8 }>([
        new Field('key', new Utf8(), false),
        new Field('value', new Utf8(), true),
      ]),
      false,
    ),
  );
  const builder = makeBuilder({ type });
  for (const { properties } of messages) builder.append(new Map(Object.entries(properties)) as never);
  return builder.finish().toVector() as unknown as Vector;
}

async function wasmRound(work: Work): Promise<Round> {
  const table = arrowTable(await parseLines(work));
  const properties = () => new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build();
  return async () =>
    writeFileSync(
      path.join(work.directory, 'wasm.parquet'),
      writeParquet(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties()),
    );
}

/** `{"user_id":65515,"event_time":"2026-01-01T00:00:00.914Z","event_type":"search","properties":{…}}`, spooled. */
async function makeSpool(
  file: string,
  events: number,
  isCut: (offset: number) => boolean = () => false,
): Promise<number> {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const out = createWriteStream(file);
  let bytes = 0;
  for (let offset = 0; offset < events; offset += 1) {
    const time = 1_767_225_600_000 + Math.floor(offset * 0.6) - Math.floor(random() * 3000);
    const properties = `"page":"/p/${Math.floor(random() * 1000)}","device":"${pick(['ios', 'android', 'web'])}","session":"${Math.floor(
      random() * 36 ** 5,
    )
      .toString(36)
      .padStart(5, '0')}"`;
    const body = `"user_id":${Math.floor(random() * 100_000)},"event_time":"${new Date(time).toISOString()}","event_type":"${pick(['page_view', 'click', 'search', 'add_to_cart', 'purchase', 'login', 'logout'])}","properties":{${properties}}}`;
    bytes += body.length + 1;
    const line = `{"$p":0,"$o":${offset},"$t":${time + 50},${body}`;
    if (!out.write(`${isCut(offset) ? line.slice(0, -2) : line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return bytes / events;
}

interface Measured {
  readonly way: string;
  readonly events: number;
  readonly cpuMicros: number;
  readonly wallMicros: number;
  readonly maxRssMb: number;
}

async function measure(way: string, work: Work): Promise<Measured> {
  const round = await ways[way]!.prepare(work);
  await round();
  let best = { cpuMicros: Infinity, wallMicros: Infinity };
  for (let i = 0; i < Number(values.rounds); i += 1) {
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    await round();
    const { user, system } = process.cpuUsage(cpu);
    const cpuMicros = (user + system) / work.events;
    if (cpuMicros < best.cpuMicros) best = { cpuMicros, wallMicros: ((performance.now() - wall) * 1000) / work.events };
  }
  return { way, events: work.events, ...best, maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
}

async function main(): Promise<void> {
  if (values.way !== undefined) {
    const [directory, spool, events] = process.env['BENCH_WORK']!.split('|') as [string, string, string];
    console.log(JSON.stringify(await measure(values.way, { directory, spool, events: Number(events) })));
    process.exit(0);
  }
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  try {
    const counts = { duckdb: Number(values.events), javascript: Number(values['javascript-events']) };
    const bytes = await makeSpool(path.join(directory, 'duckdb.ndjson'), counts.duckdb);
    await makeSpool(path.join(directory, 'duckdb.ndjson.spoilt'), counts.duckdb, (offset) => offset % 1000 === 999);
    await makeSpool(path.join(directory, 'javascript.ndjson'), counts.javascript);
    const measured = Object.entries(ways).map(([way, { javascript }]) => {
      const kind = javascript ? 'javascript' : 'duckdb';
      const env = {
        ...process.env,
        BENCH_WORK: [directory, path.join(directory, `${kind}.ndjson`), counts[kind]].join('|'),
      };
      const output = execFileSync(
        process.execPath,
        [...process.execArgv, __filename, '--way', way, '--rounds', values.rounds],
        { env, maxBuffer: 1 << 20 },
      );
      return JSON.parse(output.toString()) as Measured;
    });
    if (values.json) return console.log(JSON.stringify(measured, null, 2));
    console.log(
      `events of ${bytes.toFixed(0)} bytes, ${statSync(path.join(directory, 'duckdb.ndjson')).size} bytes spooled\n`,
    );
    console.log('| way | events | CPU µs/event | wall µs/event | max RSS MB |\n| --- | --- | --- | --- | --- |');
    for (const { way, events, cpuMicros, wallMicros, maxRssMb } of measured)
      console.log(`| ${way} | ${events} | ${cpuMicros.toFixed(2)} | ${wallMicros.toFixed(2)} | ${maxRssMb} |`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
