import { stringifyJson } from '../../base/json';
import { escapeControl } from '../cli/table';
import type { TableColumn } from '../cli/table';
import type { QueryResult } from '../../router/query';

type Value = QueryResult['rows'][number][number];

const NUMBERS = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|DECIMAL.*|FLOAT|DOUBLE)$/;

export function resultColumns({ columns }: QueryResult): readonly TableColumn[] {
  return columns.map(({ name, type }) => ({ title: name, align: NUMBERS.test(type) ? 'right' : 'left' }));
}

/** Cells for people: null as an empty cell, maps and lists as JSON, no control characters. */
export function resultCells({ rows }: QueryResult): readonly (readonly string[])[] {
  return rows.map((row) => row.map((value) => escapeControl(valueText(value))));
}

export function valueText(value: Value): string {
  if (value === null) return '';
  return typeof value === 'object' ? stringifyJson(value) : String(value);
}

/** RFC 4180 with LF: a header line, and quotes where a value needs them. Null is nothing, an empty text is `""`. */
export function resultCsv({ columns, rows }: QueryResult): string {
  const lines = [
    columns.map(({ name }) => csvField(name)).join(','),
    ...rows.map((row) => row.map((value) => (value === null ? '' : csvField(valueText(value)))).join(',')),
  ];
  return `${lines.join('\n')}\n`;
}

function csvField(text: string): string {
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
