import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { EvolvedKind, UnknownField } from '../pipeline/unknown-fields';
import { lineHead } from './decode-exact';
import { spoolKeys } from './decode-source';
import type { SpooledLines } from './decode';
import type { Session } from './engine';
import { firstMembers } from './exact-value';
import { jsonFault, spanText } from './json-text';
import { withLineLimit } from './line-limit';
import { quoteIdent, quoteText, quoteTexts } from './sql';
import { mayHoldLongNumbers } from './spool-lines';

export interface ExtraInput {
  readonly lines: readonly SpooledLines[];
  /** Top-level fields of the messages that columns read. */
  readonly known: readonly string[];
  /** Name of the temporary table to make. */
  readonly into: string;
  /** For lines that are read again. */
  readonly directory: string;
  readonly signal?: AbortSignal;
}

/**
 * The top-level fields that no column reads, as table `into` (_partition, _offset, extra map<string,string>: JSON text by name): one row per line that
 * has any. Of a name that occurs twice the first value counts. Lines that are no JSON have none: they are rejected anyway.
 * Numbers with more digits than a double holds are taken from the line's own text, others as the reader prints them (1.50 is 1.5).
 */
export async function collectExtra(session: Session, input: ExtraInput): Promise<void> {
  const paths = input.lines.filter(({ lines }) => lines > 0).map((spool) => spool.path);
  const table = quoteIdent(input.into);
  if (paths.length === 0) {
    await session.run(
      `CREATE OR REPLACE TEMP TABLE ${table} (_partition INTEGER, _offset BIGINT, extra MAP(VARCHAR, VARCHAR))`,
    );
    return;
  }
  const longNumbers = await mayHoldLongNumbers(paths);
  const exact = longNumbers ? `regexp_matches(json::VARCHAR, '[0-9.]{16}')` : 'false';
  const names = [...new Set([...Object.values(spoolKeys), ...input.known])];
  const unknown = `list_filter(json_keys(json), lambda k: k NOT IN (${names.map(quoteText).join(', ')}))`;
  const found = (maxLineBytes: number): string =>
    `(SELECT json, list_sort(list_distinct(${unknown})) AS names FROM read_ndjson_objects(${quoteTexts(paths)}, format = 'newline_delimited', compression = 'uncompressed', ignore_errors = true, maximum_object_size = ${maxLineBytes}) WHERE json_type(json) = 'OBJECT')`;
  const value = `json_extract(json, '/' || replace(replace(k, '~', '~0'), '/', '~1'))::VARCHAR`;
  const head = (key: string, type: string): string => `json_extract_string(json, ${quoteText(`/${key}`)})::${type}`;
  await withLineLimit((maxLineBytes) =>
    session.run(
      `CREATE OR REPLACE TEMP TABLE ${table} AS SELECT ${head(spoolKeys.partition, 'INTEGER')} AS _partition, ${head(spoolKeys.offset, 'BIGINT')} AS _offset,
         map_from_entries(list_transform(names, lambda k: {'key': k, 'value': ${value}})) AS extra
       FROM ${found(maxLineBytes)} WHERE len(names) > 0 AND NOT ${exact}`,
      input,
    ),
  );
  if (!longNumbers) return;
  await withLineLimit((maxLineBytes) =>
    addExact(session, input, {
      lines: `SELECT json::VARCHAR AS line FROM ${found(maxLineBytes)} WHERE len(names) > 0 AND ${exact}`,
      names: new Set(names),
    }),
  );
}

async function addExact(
  session: Session,
  { into, directory, signal }: ExtraInput,
  { lines, names }: { readonly lines: string; readonly names: ReadonlySet<string> },
): Promise<void> {
  const file = path.join(directory, 'extra-fields.ndjson');
  const out = createWriteStream(file);
  let rows = 0;
  try {
    for await (const batch of session.batches<{ line: string }>(lines, signal ? { signal } : {})) {
      for (const { line } of batch) {
        const at = lineHead(Buffer.from(line));
        if (!at || jsonFault(line) !== undefined) continue;
        const members = firstMembers({ text: line, start: 0, end: line.length });
        const extra = [...members].filter(([name]) => !names.has(name)).sort(([a], [b]) => (a < b ? -1 : 1));
        const row = { p: at.partition, o: at.offset, e: extra.map(([k, span]) => ({ k, v: spanText(span) })) };
        rows += 1;
        if (!out.write(`${JSON.stringify(row)}\n`)) await once(out, 'drain');
      }
    }
    out.end();
    await finished(out);
  } finally {
    out.destroy();
  }
  if (rows === 0) return;
  await session.run(
    `INSERT INTO ${quoteIdent(into)} SELECT p, o, map_from_entries(list_transform(e, lambda x: {'key': x.k, 'value': x.v}))
     FROM read_json(${quoteText(file)}, format = 'newline_delimited', columns = {'p': 'INTEGER', 'o': 'BIGINT', 'e': 'STRUCT(k VARCHAR, v VARCHAR)[]'})`,
  );
}

/** The fields of an extra table with what their values are, in order; fields that are null throughout say nothing yet. */
export async function unknownFields(session: Session, extra: string): Promise<readonly UnknownField[]> {
  const rows = await session.rows<{ name: string; kinds: readonly string[]; outside: boolean; wide: boolean }>(
    `SELECT k AS name, list_sort(list_distinct(list(t))) AS kinds,
       bool_or(coalesce(t IN ('UBIGINT', 'BIGINT') AND try_cast(v AS BIGINT) IS NULL, false)) AS outside,
       bool_or(coalesce(t IN ('UBIGINT', 'BIGINT') AND abs(try_cast(v AS HUGEINT)) > 9007199254740992, false)) AS wide
     FROM (SELECT k, v, json_type(v) AS t FROM (SELECT unnest(map_keys(extra)) AS k, unnest(map_values(extra)) AS v FROM ${quoteIdent(extra)}))
     WHERE t <> 'NULL' GROUP BY k ORDER BY k`,
  );
  return rows.map(({ name, kinds, outside, wide }) => ({
    name,
    kind: outside ? 'string' : kindOf(kinds, wide),
    ...(wide || outside ? { wide: true as const } : {}),
  }));
}

function kindOf(kinds: readonly string[], wide: boolean): EvolvedKind {
  const all = (...allowed: readonly string[]): boolean => kinds.every((kind) => allowed.includes(kind));
  if (all('BOOLEAN')) return 'boolean';
  if (all('BIGINT', 'UBIGINT')) return 'bigint';
  return all('BIGINT', 'UBIGINT', 'DOUBLE') && !wide ? 'double' : 'string';
}
