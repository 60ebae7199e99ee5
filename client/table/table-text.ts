import { changeText } from '../../lake/evolve/change';
import type { CommandContext } from '../cli/context';
import type { PropertiesResult } from './change-properties';
import type { ShownTable } from './show-table';

const LONGEST_VALUE = 100;

/** The table for people: columns, partition, order, and the properties that somebody set; those of Sluice itself are many and long. */
export function shownText(shown: ShownTable, { table, colours }: Pick<CommandContext, 'table' | 'colours'>): string {
  const own = shown.properties.filter(({ by }) => by !== 'sluice');
  const list = (items: readonly string[]): string => (items.length === 0 ? 'none' : items.join(', '));
  return [
    colours.bold(`${shown.table}${shown.pipeline === null ? '' : `, of pipeline ${shown.pipeline}`}`),
    table(
      [{ title: 'ID', align: 'right' }, 'COLUMN', 'TYPE'],
      shown.columns.map(({ id, name, type, required }) => [String(id), name, `${type}${required ? ' not null' : ''}`]),
    ),
    '',
    `partition  ${list(shown.partition)} (${shown.specs === 1 ? 'never changed' : `the latest of ${shown.specs}`})`,
    `sort       ${list(shown.sort)}`,
    `schema     ${shown.schemas === 1 ? 'never changed' : `the latest of ${shown.schemas}`}`,
    '',
    own.length === 0
      ? 'No property is set beside those of Sluice itself (--json has them).'
      : table(
          ['PROPERTY', 'VALUE', 'SET BY'],
          own.map(({ key, value, by }) => [
            key,
            value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE)}…` : value,
            by === 'file' ? 'the pipeline file' : 'hand',
          ]),
        ),
  ].join('\n');
}

export function changedText({ table, changes, ofFile, outcome }: PropertiesResult): string {
  if (outcome === 'nothing') return `Nothing to do: ${table} has it so.`;
  const lines = changes.map(changeText).map(({ sign, text }) => `  ${sign} ${text}`);
  const note =
    ofFile.length === 0
      ? []
      : [`The pipeline file sets ${ofFile.join(', ')}: the next sluice apply puts its values back. Change it there.`];
  const done = outcome === 'dry run' ? 'Dry run: nothing was changed.' : `Changed ${table} in one commit.`;
  return [...lines, ...note, done].join('\n');
}
