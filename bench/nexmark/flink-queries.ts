import type { NexmarkKind } from './ids';
import type { NexmarkQuery } from './oracles';

export interface FlinkQuery {
  readonly kinds: readonly NexmarkKind[];
  /** Of the target table: name and type, in the order of Sluice's table. */
  readonly columns: string;
  /** Over the views `person`, `auction` and `bid`. */
  readonly select: string;
}

/** A window TVF; its `window_start` and `window_end` are TIMESTAMP(3) in UTC, the session's zone. */
const tumble = (source: string, length: string): string =>
  `TABLE(TUMBLE(TABLE ${source}, DESCRIPTOR(date_time), INTERVAL ${length}))`;
const instant = (column: string): string => `CAST(${column} AS TIMESTAMP_LTZ(6))`;

const bidColumns = 'auction BIGINT, bidder BIGINT, price BIGINT';
const rank = { rank1: 'price < 10000', rank2: 'price >= 10000 AND price < 1000000', rank3: 'price >= 1000000' };
const ranked = (aggregate: string): string =>
  [aggregate, ...Object.values(rank).map((filter) => `${aggregate} FILTER (WHERE ${filter})`)].join(', ');
const rankedColumns = (what: string): string =>
  ['total', ...Object.keys(rank)].map((name) => `${name}_${what} BIGINT`).join(', ');

const itemCounts = `SELECT auction, COUNT(*) AS num, window_start, window_end
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(date_time), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end`;

/**
 * Queries of bench/nexmark/pipelines in Flink SQL: the same rows, by the forms that Flink's planner runs as window operators (window
 * aggregation, window join, window top-N), none of which sends retractions.
 */
export const flinkQueries: Readonly<Partial<Record<NexmarkQuery, FlinkQuery>>> = {
  q0: {
    kinds: ['bid'],
    columns: `_partition INT, _offset BIGINT, _timestamp TIMESTAMP_LTZ(6), ${bidColumns}, channel STRING, url STRING, date_time TIMESTAMP_LTZ(6), extra STRING`,
    select: `SELECT _partition, _offset, _timestamp, auction, bidder, price, channel, url, date_time, extra FROM bid`,
  },
  q1: {
    kinds: ['bid'],
    columns: `auction BIGINT, bidder BIGINT, price DECIMAL(23,3), date_time TIMESTAMP_LTZ(6), extra STRING, window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT auction, bidder, CAST(0.908 * price AS DECIMAL(23,3)), date_time, extra, ${instant('window_end')}
  FROM ${tumble('bid', "'10' SECOND")}`,
  },
  q2: {
    kinds: ['bid'],
    columns: `auction BIGINT, price BIGINT, window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT auction, price, ${instant('window_end')} FROM ${tumble('bid', "'10' SECOND")} WHERE MOD(auction, 123) = 0`,
  },
  q5: {
    kinds: ['bid'],
    columns: `auction BIGINT, num BIGINT, window_start TIMESTAMP_LTZ(6), window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT c.auction, c.num, ${instant('c.window_start')}, ${instant('c.window_end')}
  FROM (${itemCounts}) c
  JOIN (SELECT MAX(num) AS most, window_start, window_end FROM (${itemCounts}) GROUP BY window_start, window_end) m
  ON c.window_start = m.window_start AND c.window_end = m.window_end AND c.num = m.most`,
  },
  q7: {
    kinds: ['bid'],
    columns: `${bidColumns}, date_time TIMESTAMP_LTZ(6), extra STRING, window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT b.auction, b.bidder, b.price, CAST(b.date_time AS TIMESTAMP_LTZ(3)), b.extra, ${instant('b.window_end')}
  FROM (SELECT * FROM ${tumble('bid', "'10' SECOND")}) b
  JOIN (SELECT MAX(price) AS highest, window_start, window_end FROM ${tumble('bid', "'10' SECOND")} GROUP BY window_start, window_end) m
  ON b.window_start = m.window_start AND b.window_end = m.window_end AND b.price = m.highest`,
  },
  q8: {
    kinds: ['person', 'auction'],
    columns: `id BIGINT, name STRING, window_start TIMESTAMP_LTZ(6), window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT p.id, p.name, ${instant('p.window_start')}, ${instant('p.window_end')}
  FROM (SELECT id, name, window_start, window_end FROM ${tumble('person', "'10' SECOND")} GROUP BY id, name, window_start, window_end) p
  JOIN (SELECT seller, window_start, window_end FROM ${tumble('auction', "'10' SECOND")} GROUP BY seller, window_start, window_end) a
  ON a.seller = p.id AND a.window_start = p.window_start AND a.window_end = p.window_end`,
  },
  q11: {
    kinds: ['bid'],
    columns: `bidder BIGINT, bid_count BIGINT, window_start TIMESTAMP_LTZ(6), window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT bidder, COUNT(*), ${instant('window_start')}, ${instant('window_end')}
  FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(date_time), INTERVAL '10' SECOND))
  GROUP BY bidder, window_start, window_end`,
  },
  q12: {
    kinds: ['bid'],
    columns: `bidder BIGINT, bid_count BIGINT, window_start TIMESTAMP_LTZ(6), window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT bidder, COUNT(*), ${instant('window_start')}, ${instant('window_end')}
  FROM TABLE(TUMBLE(TABLE appended_bid, DESCRIPTOR(_timestamp), INTERVAL '10' SECOND))
  GROUP BY bidder, window_start, window_end`,
  },
  q16: {
    kinds: ['bid'],
    columns: `channel STRING, \`day\` DATE, \`minute\` STRING, ${rankedColumns('bids')}, ${rankedColumns('bidders')}, ${rankedColumns('auctions')}`,
    select: `SELECT channel, CAST(window_start AS DATE), MAX(DATE_FORMAT(date_time, 'HH:mm')),
    ${ranked('COUNT(*)')}, ${ranked('COUNT(DISTINCT bidder)')}, ${ranked('COUNT(DISTINCT auction)')}
  FROM ${tumble('bid', "'1' DAY")}
  GROUP BY channel, window_start, window_end`,
  },
  q18: {
    kinds: ['bid'],
    columns: `${bidColumns}, channel STRING, url STRING, date_time TIMESTAMP_LTZ(6), extra STRING, window_end TIMESTAMP_LTZ(6)`,
    select: `SELECT auction, bidder, price, channel, url, CAST(date_time AS TIMESTAMP_LTZ(3)), extra, ${instant('window_end')}
  FROM (SELECT *, ROW_NUMBER() OVER (
      PARTITION BY window_start, window_end, bidder, auction ORDER BY date_time DESC, _partition DESC, _offset DESC) AS place
    FROM ${tumble('bid', "'1' MINUTE")})
  WHERE place <= 1`,
  },
};
