import type { SluiceConfig } from '../../base/config';
import { loadConfig } from '../../base/config';
import { stringifyJson } from '../../base/json';
import { coloursFor } from './colours';
import type { Colours } from './colours';
import { formatTable } from './table';
import type { TableColumn } from './table';
import type { Terminal } from './terminal';

/** What a command works with: settings, and where its results and its progress go. */
export interface CommandContext {
  readonly config: SluiceConfig;
  readonly json: boolean;
  readonly terminal: Terminal;
  /** For results. */
  readonly colours: Colours;
  /** The one result of the command: a JSON document with `--json`, else the text. */
  result(value: unknown, text: () => string): void;
  /** A line of progress or a warning; never on standard output. */
  say(text: string): void;
  table(columns: readonly (TableColumn | string)[], rows: readonly (readonly string[])[]): string;
}

export function openContext(terminal: Terminal, json: boolean): CommandContext {
  const colours = coloursFor(terminal.stdout, terminal.env);
  return {
    config: loadConfig(terminal.env),
    json,
    terminal,
    colours,
    result: (value, text) => {
      const output = json ? stringifyJson(value, terminal.stdout.isTTY === true ? 2 : undefined) : text();
      if (output !== '') terminal.stdout.write(output.endsWith('\n') ? output : `${output}\n`);
    },
    say: (text) => void terminal.stderr.write(`${text}\n`),
    table: (columns, rows) =>
      formatTable(
        columns.map((column) => (typeof column === 'string' ? { title: column } : column)),
        rows,
        colours.bold,
      ),
  };
}
