import { isUtf8 } from 'node:buffer';
import type { Column } from '../pipeline/model';
import { spoolKeys } from './decode-source';
import { exactMicros } from './exact-time';
import { exactToken, firstMembers, Refusal } from './exact-value';
import { jsonFault, kindOfJson, type JsonSpan } from './json-text';

export interface BadLine {
  readonly partition: number;
  readonly offset: number;
  readonly reason: string;
  /** The first column, in the table's order, that refused its value; none when the message is no JSON. */
  readonly column?: string;
}

export type ExactLine = { readonly line: string } | { readonly bad: BadLine };

export interface ExactRules {
  readonly columns: readonly Column[];
  readonly eventTime: string;
  readonly maxFutureMs: number;
}

const PREFIX = /^\{"\$p":(\d+),"\$o":(\d+),"\$t":(-?\d+)/;

/** Partition, offset and Kafka's timestamp of a spooled line, from the head that we wrote ourselves. */
export function lineHead(
  line: Buffer,
): { readonly partition: number; readonly offset: number; readonly timestampMs: number } | undefined {
  const match = PREFIX.exec(line.toString('latin1', 0, Math.min(line.length, 80)));
  return match ? { partition: Number(match[1]), offset: Number(match[2]), timestampMs: Number(match[3]) } : undefined;
}

/**
 * The rules of what becomes a row, line by line (docs/engine.md): the line again in a form that the fast path's casts read exactly, or why it is bad.
 * `line` starts with the head that lineHead reads.
 */
export function decodeExactly(line: Buffer, rules: ExactRules): ExactLine {
  const { partition, offset, timestampMs } = lineHead(line)!;
  const bad = (reason: string, column?: string): ExactLine => ({
    bad: { partition, offset, reason, ...(column === undefined ? {} : { column }) },
  });
  if (!isUtf8(line)) return bad('malformed JSON: the bytes are no UTF-8');
  const text = line.toString('utf8');
  const fault = jsonFault(text);
  if (fault) return bad(fault);
  const message = firstMembers({ text, start: 0, end: text.length });
  const tokens = new Map<string, { readonly path: readonly string[]; readonly token: string }>();
  for (const column of rules.columns) {
    try {
      const token = columnToken(column, message);
      if (column.name === rules.eventTime) checkFuture(token, timestampMs, rules.maxFutureMs);
      tokens.set(column.path.join('\u0000'), { path: column.path, token });
    } catch (error) {
      if (error instanceof Refusal) return bad(error.message, column.name);
      throw error;
    }
  }
  const head = `"${spoolKeys.partition}":${partition},"${spoolKeys.offset}":${offset},"${spoolKeys.timestamp}":${timestampMs}`;
  return { line: `{${head},${nest([...tokens.values()])}}` };
}

function columnToken(column: Column, message: ReadonlyMap<string, JsonSpan>): string {
  const value = valueAt(message, column.path);
  if (value !== undefined && kindOfJson(value) !== 'null') return exactToken(column.type, value);
  if (column.required)
    throw new Refusal(value === undefined ? 'missing, but the column is not null' : 'null, but the column is not null');
  return 'null';
}

/** A path through anything but an object leads to nothing. */
function valueAt(message: ReadonlyMap<string, JsonSpan>, [key = '', ...rest]: readonly string[]): JsonSpan | undefined {
  const value = message.get(key);
  if (rest.length === 0 || value === undefined) return value;
  return kindOfJson(value) === 'object' ? valueAt(firstMembers(value), rest) : undefined;
}

function checkFuture(token: string, timestampMs: number, maxFutureMs: number): void {
  const text = token.slice(1, -1);
  const micros = exactMicros(text)!;
  const limit = BigInt(timestampMs + maxFutureMs) * 1000n;
  if (micros > limit) {
    throw new Refusal(
      `${text} is more than ${maxFutureMs} ms ahead of the record's timestamp ${new Date(timestampMs).toISOString()}`,
    );
  }
}

/** `"a":1,"b":{"c":2}` from paths and tokens. */
function nest(entries: readonly { readonly path: readonly string[]; readonly token: string }[]): string {
  const groups = new Map<string, { readonly path: readonly string[]; readonly token: string }[]>();
  for (const { path, token } of entries) {
    const [head = '', ...rest] = path;
    groups.set(head, [...(groups.get(head) ?? []), { path: rest, token }]);
  }
  return [...groups]
    .map(
      ([key, group]) =>
        `${JSON.stringify(key)}:${group.length === 1 && group[0]!.path.length === 0 ? group[0]!.token : `{${nest(group)}}`}`,
    )
    .join(',');
}
