import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';
import type { FlinkQuery } from './flink-queries';
import type { NexmarkKind } from './ids';

export interface FlinkSqlInput {
  readonly query: FlinkQuery;
  readonly topics: ReadonlyMap<NexmarkKind, { readonly topic: string }>;
  readonly config: Pick<SluiceConfig, 'kafka'>;
  readonly target: TableName;
}

const fields: Readonly<Record<NexmarkKind, string>> = {
  person: 'id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, extra STRING',
  auction:
    'id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, expires TIMESTAMP_LTZ(3), seller BIGINT, category BIGINT, extra STRING',
  bid: 'auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, extra STRING',
};
/** Kafka's place and time of a message: read where a query names them, as all columns. */
const metadata = `\`_partition\` INT METADATA FROM 'partition' VIRTUAL, \`_offset\` BIGINT METADATA FROM 'offset' VIRTUAL,
  \`_timestamp\` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL`;

/** Statements for bench/flink's `Query`: sources as far as the topics reach now, the target, one INSERT. Pure. */
export function flinkSql({ query, topics, config, target }: FlinkSqlInput): string {
  const name = `lake.\`${target.namespace}\`.\`${target.name}\``;
  const sources = query.kinds.flatMap((kind) => sourcesOf(kind, topics.get(kind)!.topic, config.kafka.brokers));
  const table = `CREATE TABLE ${name} (${query.columns}) WITH (
  'format-version'='2','write.format.default'='parquet','write.parquet.compression-codec'='zstd','write.distribution-mode'='none')`;
  return [...sources, table, `INSERT INTO ${name}\n  ${query.select}`, ''].join('\n;\n');
}

/** With the watermarks of the pipelines: 4 s behind an event's own time, none behind the log's. */
function sourcesOf(kind: NexmarkKind, topic: string, brokers: readonly string[]): readonly string[] {
  const source = (table: string, watermark: string): string => `CREATE TEMPORARY TABLE ${table} (
  ${fields[kind]}, \`dateTime\` TIMESTAMP_LTZ(3), date_time AS \`dateTime\`,
  ${metadata},
  ${watermark}
) WITH (
  'connector'='kafka','topic'='${topic}','properties.bootstrap.servers'='${brokers.join(',')}','properties.group.id'='${topic}-flink',
  'scan.startup.mode'='earliest-offset','scan.bounded.mode'='latest-offset',
  'format'='json','json.timestamp-format.standard'='ISO-8601','json.ignore-parse-errors'='false')`;
  const byEvent = source(kind, `WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND`);
  return kind === 'bid' ? [byEvent, source('appended_bid', 'WATERMARK FOR _timestamp AS _timestamp')] : [byEvent];
}
