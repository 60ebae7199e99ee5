import Table from 'cli-table3';

export interface TableColumn {
  readonly title: string;
  /** Numbers to the right. */
  readonly align?: 'left' | 'right';
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
} as const;

const MAX_CELL = 120;

/** Rows under their titles, no frame, so that lines can be cut and grepped. Control characters are shown as escapes. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  paintTitle: (title: string) => string = (title) => title,
): string {
  const table = new Table({
    head: columns.map(({ title }) => paintTitle(title)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map(cell));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** One line, no terminal codes of foreign origin: a payload must not be able to paint the screen. */
function cell(text: string): string {
  const plain = escapeControl(text);
  return plain.length > MAX_CELL ? `${plain.slice(0, MAX_CELL - 1)}…` : plain;
}

export function escapeControl(text: string): string {
  return text.replaceAll(/[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d*m)/g, (char) => {
    const known: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return known[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
