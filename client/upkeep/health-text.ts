import type { TableHealth } from '../../lake/health/table-health';
import type { CommandContext } from '../cli/context';
import { formatBytes, formatCount, formatDuration, plural } from '../cli/format';

/** A line per table, then what to do. With one table also its partitions. */
export function healthText(
  tables: readonly TableHealth[],
  { table: format, colours }: Pick<CommandContext, 'table' | 'colours'>,
  nowMs: number,
): string {
  if (tables.length === 0) return 'No pipeline has published yet: name a table.';
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = tables.map((one) => [
    one.table,
    formatCount(one.rows),
    formatBytes(one.sizeBytes),
    formatCount(one.files),
    `${Math.round(one.smallShare * 100)} %`,
    String(one.deleteFiles),
    formatCount(one.partitions.count),
    spread(one.partitions.files),
    `${one.manifests.count} (${one.manifests.perScan})`,
    formatCount(one.snapshots.count),
    formatBytes(one.metadataBytes),
    one.compactedMs === undefined ? '' : formatDuration(nowMs - one.compactedMs),
  ]);
  const columns = [
    'TABLE',
    right('ROWS'),
    right('BYTES'),
    right('FILES'),
    right('SMALL'),
    right('DELETES'),
    right('PARTITIONS'),
    right('FILES IN EACH'),
    right('MANIFESTS'),
    right('SNAPSHOTS'),
    right('METADATA'),
    right('COMPACTED AGO'),
  ];
  const advice = tables.flatMap(({ table, advice: lines }) =>
    lines.map(({ problem, command }) => `${colours.bold(table)}: ${problem}: ${command}`),
  );
  return [
    format(columns, rows),
    ...(tables.length === 1 ? worstText(tables[0]!) : []),
    ...(advice.length === 0
      ? [colours.green(`Nothing to do: ${plural(tables.length, 'table')} in good order.`)]
      : advice),
  ].join('\n');
}

function worstText({ partitions }: TableHealth): readonly string[] {
  if (partitions.count < 2) return [];
  return [
    `Rows in each partition: ${spread(partitions.rows)}. Most files:`,
    ...partitions.worst.map(
      ({ partition, files, rows, sizeBytes }) =>
        `  ${partition}: ${plural(files, 'file')}, ${plural(rows, 'row')}, ${formatBytes(sizeBytes)}`,
    ),
  ];
}

/** `1 / 4 / 60`: least, median, most. */
function spread({ min, median, max }: TableHealth['partitions']['files']): string {
  return [min, median, max].map(formatCount).join(' / ');
}
