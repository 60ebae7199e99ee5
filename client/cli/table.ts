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

/** One line. Colours are ours; other control characters are shown as escapes. */
function cell(text: string): string {
  const plain = text.replaceAll(CONTROL_BUT_COLOUR, escapeOf);
  return plain.length > MAX_CELL ? `${plain.slice(0, MAX_CELL - 1)}…` : plain;
}

const CONTROL_BUT_COLOUR = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d*m)/g;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Text of foreign origin, harmless to a terminal: a payload must not be able to paint the screen. */
export function escapeControl(text: string): string {
  return text.replaceAll(CONTROL, escapeOf);
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(char: string): string {
  return shortEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
