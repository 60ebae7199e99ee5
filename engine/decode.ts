import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { SluiceError } from '../base/errors';
import type { Column } from '../pipeline/model';
import { decodeExactly, lineHead, type BadLine } from './decode-exact';
import { checkPaths, planDecode, type DecodePlan } from './decode-plan';
import type { ReadMode } from './decode-source';
import type { Session } from './engine';
import { withLineLimit } from './line-limit';
import { addReady, readyRows } from './decode-ready';
import { quoteIdent, quoteText } from './sql';
import { mayHoldLongNumbers, pickLines } from './spool-lines';

export type { BadLine } from './decode-exact';

export interface SpooledLines {
  readonly partition: number;
  /** NDJSON, one line per record in offset order: `{"$p":partition,"$o":offset,"$t":timestamp ms,…the message's own fields}`. */
  readonly path: string;
  readonly lines: number;
  /** Records that are rows already: a Parquet file of the table's columns, in offset order (engine/column-spool). */
  readonly columns?: { readonly path: string; readonly rows: number };
}

export interface DecodeInput {
  readonly lines: readonly SpooledLines[];
  readonly columns: readonly Column[];
  /** The column that is the event time. */
  readonly eventTime: string;
  readonly maxFutureMs: number;
  /** Name of the temporary table or view to make, seen by this session only; one of that name is replaced. A view reads the spools' files. */
  readonly into: string;
  /** For the few lines that are read again; by default beside the first spool. Must be one that the engine may read. */
  readonly directory?: string;
  readonly signal?: AbortSignal;
}

export interface PartitionContent {
  readonly partition: number;
  readonly rows: bigint;
  /** Whole milliseconds, rounded down. */
  readonly minEventTimeMs?: number;
  readonly maxEventTimeMs?: number;
  /** Equal sets of rows have equal hashes, whatever their order. Made of DuckDB's hash(): comparable between runs of one DuckDB version only. */
  readonly contentHash: string;
}

export interface DecodeResult {
  readonly rows: bigint;
  /** In the order of the spools. */
  readonly bad: readonly BadLine[];
  readonly perPartition: readonly PartitionContent[];
}

/** In mode `columns` a NULL map or list is in doubt; above this share of doubtful lines reading again with the text at hand is cheaper. */
const DOUBT_SHARE = 0.02;
const CERTAIN = '$ certain';

/**
 * Turns what was spooled into the table `into`: `_partition int, _offset bigint, _timestamp timestamptz`, then the columns in order, sorted by (_partition, _offset).
 * Every line is a row or in `bad`, never both, never neither: a miscount throws INTERNAL. What becomes which stands in docs/engine.md.
 * Throws PIPELINE_INVALID or NOT_SUPPORTED for columns that cannot be read together.
 */
export async function decodeLines(session: Session, input: DecodeInput): Promise<DecodeResult> {
  checkPaths(input.columns);
  await dropRelation(session, input);
  const spools = [...input.lines].filter(({ lines }) => lines > 0);
  const ready = readyRows(input);
  let bad: readonly BadLine[] = [];
  if (ready !== undefined && spools.length === 0) {
    await session.run(`CREATE TEMP VIEW ${quoteIdent(input.into)} AS ${ready}`, input);
  } else {
    bad = await decodeSpools(session, input, spools);
    if (ready !== undefined) await addReady(session, input, ready);
    await sortRows(session, input);
  }
  const perPartition = await summarize(session, input);
  return checkCounts({ spools: input.lines, bad, perPartition });
}

/** The lines as table `into`, not sorted yet. Returns those that are no rows. */
async function decodeSpools(
  session: Session,
  input: DecodeInput,
  spools: readonly SpooledLines[],
): Promise<readonly BadLine[]> {
  const total = spools.reduce((sum, { lines }) => sum + lines, 0);
  const longNumbers = await mayHoldLongNumbers(spools.map((spool) => spool.path));
  let doubtful = await readFast(session, input, { mode: longNumbers ? 'lines' : 'columns', longNumbers }, spools);
  if (!longNumbers && doubtful > total * DOUBT_SHARE && mayBeAbsent(input.columns)) {
    doubtful = await readFast(session, input, { mode: 'lines', longNumbers }, spools);
  }
  const bad = doubtful === 0 ? [] : await settleDoubts(session, input, spools);
  await session.run(`ALTER TABLE ${quoteIdent(input.into)} DROP COLUMN ${quoteIdent(CERTAIN)}`, input);
  return bad;
}

/** A table cannot replace a view, nor a view a table. */
async function dropRelation(session: Session, input: DecodeInput): Promise<void> {
  const views = await session.rows(
    `SELECT 1 FROM duckdb_views() WHERE temporary AND view_name = ${quoteText(input.into)}`,
    input,
  );
  await session.run(`DROP ${views.length > 0 ? 'VIEW' : 'TABLE'} IF EXISTS temp.main.${quoteIdent(input.into)}`, input);
}

function mayBeAbsent(columns: readonly Column[]): boolean {
  return columns.some(({ required, type }) => !required && ['list', 'map', 'struct'].includes(type.kind));
}

/** Makes the table with every line as a row, right or not; returns how many are in doubt. */
async function readFast(
  session: Session,
  input: DecodeInput,
  options: { readonly mode: ReadMode; readonly longNumbers: boolean },
  spools: readonly SpooledLines[],
): Promise<number> {
  const table = quoteIdent(input.into);
  const paths = spools.map((spool) => spool.path);
  await withLineLimit((maxLineBytes) => {
    const plan = planDecode({ ...input, ...options, maxLineBytes });
    return session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${selectRows(plan, paths, plan.certain)}`, input);
  });
  const [counts] = await session.rows<{ lines: bigint; doubtful: bigint }>(
    `SELECT count(*) AS lines, count(*) FILTER (WHERE NOT ${quoteIdent(CERTAIN)}) AS doubtful FROM ${table}`,
    input,
  );
  const expected = spools.reduce((sum, { lines }) => sum + lines, 0);
  if (Number(counts!.lines) !== expected)
    throw new SluiceError('INTERNAL', `decode: ${expected} lines were spooled, DuckDB read ${counts!.lines}`);
  return Number(counts!.doubtful);
}

function selectRows(plan: DecodePlan, paths: readonly string[], certain: string): string {
  const system = ['s."$p" AS _partition', 's."$o" AS _offset', 'make_timestamptz(s."$t" * 1000) AS _timestamp'];
  return `SELECT ${[...system, ...plan.typed, `${certain} AS ${quoteIdent(CERTAIN)}`].join(', ')} FROM ${plan.source(paths)}`;
}

/**
 * The exact path for the lines in doubt: takes their rows out, reads the lines themselves, puts back what is right after all.
 * A row's place in the table is its line's place in the spools: the table was made in one statement with insertion order kept. Heads are compared all the same.
 */
async function settleDoubts(
  session: Session,
  input: DecodeInput,
  spools: readonly SpooledLines[],
): Promise<readonly BadLine[]> {
  const table = quoteIdent(input.into);
  const directory = await mkdtemp(path.join(input.directory ?? path.dirname(spools[0]!.path), 'exact-'));
  const bad: BadLine[] = [];
  const repaired = path.join(directory, 'lines.ndjson');
  const out = createWriteStream(repaired);
  const picker = pickLines(spools);
  let lines = 0;
  try {
    const doubts = `SELECT rowid AS place, _partition AS partition, _offset AS "offset" FROM ${table} WHERE NOT ${quoteIdent(CERTAIN)} ORDER BY rowid`;
    for await (const rows of session.batches<{ place: bigint; partition: number | null; offset: bigint | null }>(
      doubts,
      input,
    )) {
      for (const row of rows) {
        const line = await picker.pick(Number(row.place));
        const head = lineHead(line);
        if (
          !head ||
          (row.offset !== null && (head.partition !== row.partition || BigInt(head.offset) !== row.offset))
        ) {
          throw new SluiceError(
            'INTERNAL',
            `decode: row ${row.place} is (${row.partition}, ${row.offset}), its line begins ${line.toString('latin1', 0, 60)}`,
          );
        }
        const exact = decodeExactly(line, input);
        if ('bad' in exact) bad.push(exact.bad);
        else {
          lines += 1;
          if (!out.write(`${exact.line}\n`)) await once(out, 'drain');
        }
      }
    }
    out.end();
    await finished(out);
    await session.run(`DELETE FROM ${table} WHERE NOT ${quoteIdent(CERTAIN)}`, input);
    if (lines > 0) await putBack(session, input, repaired, lines);
  } finally {
    out.destroy();
    await picker.close();
    await rm(directory, { recursive: true, force: true });
  }
  return bad;
}

async function putBack(session: Session, input: DecodeInput, repaired: string, lines: number): Promise<void> {
  const table = quoteIdent(input.into);
  const before = await countRows(session, table);
  await withLineLimit((maxLineBytes) => {
    const plan = planDecode({ ...input, mode: 'lines', longNumbers: false, maxLineBytes });
    return session.run(`INSERT INTO ${table} ${selectRows(plan, [repaired], '(s."$o" IS NOT NULL)')}`, input);
  });
  const added = (await countRows(session, table)) - before;
  if (added !== BigInt(lines))
    throw new SluiceError('INTERNAL', `decode: ${lines} lines were repaired, DuckDB read ${added}`);
}

/** Sorts by (_partition, _offset) unless it is so already, as it is when spools come in order and nothing was put back. An offset that stands twice throws INTERNAL. */
async function sortRows(session: Session, { into, signal }: DecodeInput): Promise<void> {
  const table = quoteIdent(into);
  const options = signal ? { signal } : {};
  const misplaced = async (operator: '<' | '=') => {
    const [row] = await session.rows<{ n: bigint }>(
      `SELECT count(*) AS n FROM (SELECT _partition AS p, _offset AS o, lag(_partition) OVER () AS pp, lag(_offset) OVER () AS po FROM ${table})
       WHERE ${operator === '=' ? 'p = pp AND o = po' : 'p < pp OR (p = pp AND o < po)'}`,
      options,
    );
    return row!.n;
  };
  if ((await misplaced('<')) > 0n)
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM ${table} ORDER BY _partition, _offset`,
      options,
    );
  const twice = await misplaced('=');
  if (twice > 0n) throw new SluiceError('INTERNAL', `decode: ${twice} offsets were spooled twice`);
}

async function countRows(session: Session, table: string): Promise<bigint> {
  const [row] = await session.rows<{ n: bigint }>(`SELECT count(*) AS n FROM ${table}`);
  return row!.n;
}

async function summarize(
  session: Session,
  { into, eventTime, columns, signal }: DecodeInput,
): Promise<readonly PartitionContent[]> {
  const time = quoteIdent(eventTime);
  const all = ['_partition', '_offset', '_timestamp', ...columns.map(({ name }) => quoteIdent(name))].join(', ');
  const rows = await session.rows<{
    partition: number;
    rows: bigint;
    min: bigint | null;
    max: bigint | null;
    hash: bigint;
  }>(
    `SELECT _partition AS partition, count(*) AS rows, min(epoch_us(${time})) AS min, max(epoch_us(${time})) AS max, sum(hash(${all})) AS hash
     FROM ${quoteIdent(into)} GROUP BY _partition ORDER BY _partition`,
    signal ? { signal } : {},
  );
  return rows.map(({ partition, rows: count, min, max, hash }) => ({
    partition,
    rows: count,
    ...(min === null || max === null ? {} : { minEventTimeMs: floorMs(min), maxEventTimeMs: floorMs(max) }),
    contentHash: BigInt.asUintN(64, hash).toString(16).padStart(16, '0'),
  }));
}

function floorMs(micros: bigint): number {
  return Number((micros - (((micros % 1000n) + 1000n) % 1000n)) / 1000n);
}

/** Per partition: lines = rows + bad. */
function checkCounts(input: {
  readonly spools: readonly SpooledLines[];
  readonly bad: readonly BadLine[];
  readonly perPartition: readonly PartitionContent[];
}): DecodeResult {
  const missing = new Map<number, bigint>();
  const add = (partition: number, count: bigint) => missing.set(partition, (missing.get(partition) ?? 0n) + count);
  for (const { partition, lines, columns } of input.spools) add(partition, BigInt(lines + (columns?.rows ?? 0)));
  for (const { partition } of input.bad) add(partition, -1n);
  for (const { partition, rows } of input.perPartition) add(partition, -rows);
  for (const [partition, count] of missing) {
    if (count !== 0n)
      throw new SluiceError(
        'INTERNAL',
        `decode: partition ${partition} has ${count} spooled lines that are neither row nor bad`,
      );
  }
  return {
    rows: input.perPartition.reduce((sum, { rows }) => sum + rows, 0n),
    bad: input.bad,
    perPartition: input.perPartition,
  };
}
