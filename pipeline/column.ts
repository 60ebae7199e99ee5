import { formatDataType, readDataType } from './data-type';
import { expectedFound } from './expected';
import type { Column } from './model';

const grammar = 'TYPE [not null] [from FIELD] [was NAME], for example bigint not null from user.id';

/** Keys that the line spool puts in front of every message (see stream/line-spool): a column cannot read a payload field of that name. */
const spoolKeys = ['$p', '$o', '$t'];

/**
 * Reads one entry of `columns`: `bigint not null from user.id was user`. A path's segments are split at dots; a segment with dots, spaces or
 * quotes is written as a JSON text: `from "odd name".id`. Throws BAD_INPUT.
 */
export function parseColumn(name: string, text: string): Column {
  const { type, end } = readDataType(text, 0);
  const match = /^(\s+not\s+null(?=\s|$))?(?:\s+from\s+(\S.*?))?(?:\s+was\s+([A-Za-z_]\w*))?\s*$/.exec(text.slice(end));
  if (!match) throw expectedFound({ expected: grammar, found: text });
  const path = match[2] === undefined ? [name] : parsePath(match[2]);
  if (match[2] !== undefined && spoolKeys.includes(path[0] ?? ''))
    throw expectedFound({ expected: 'a field of the message other than $p, $o and $t', found: `from ${match[2]}` });
  const was = match[3];
  if (was === name) throw expectedFound({ expected: 'another name than the column has now', found: `was ${was}` });
  return { name, type, required: match[1] !== undefined, path, ...(was === undefined ? {} : { was }) };
}

/** The entry of `columns` that `parseColumn` reads back. */
export function formatColumn(column: Column): string {
  const from =
    column.path.length === 1 && column.path[0] === column.name
      ? ''
      : ` from ${column.path.map(formatSegment).join('.')}`;
  return `${formatDataType(column.type)}${column.required ? ' not null' : ''}${from}${column.was === undefined ? '' : ` was ${column.was}`}`;
}

function parsePath(text: string): readonly string[] {
  const segments: string[] = [];
  const segment = /("(?:[^"\\]|\\.)*"|[^\s."]+)(\.|$)/y;
  let more = true;
  while (more) {
    const match = segment.exec(text);
    const name = match?.[1] === undefined ? undefined : unquote(match[1]);
    if (!name)
      throw expectedFound({
        expected: 'from FIELD or from a.b (with odd names in double quotes)',
        found: `from ${text}`,
      });
    segments.push(name);
    more = match?.[2] === '.';
  }
  return segments;
}

function unquote(segment: string): string | undefined {
  if (!segment.startsWith('"')) return segment;
  try {
    return JSON.parse(segment) as string;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // a wrong escape: the caller says what is expected
    throw error;
  }
}

function formatSegment(segment: string): string {
  return /^[^\s."]+$/.test(segment) ? segment : JSON.stringify(segment);
}
