import type { LogColumns } from '../equality/log-relation';

/** What the logs of the three topics hold. */
export const logColumns = {
  bid: {
    auction: ['auction', 'BIGINT'],
    bidder: ['bidder', 'BIGINT'],
    price: ['price', 'BIGINT'],
    channel: ['channel', 'VARCHAR'],
    url: ['url', 'VARCHAR'],
    date_time: ['dateTime', 'TIMESTAMPTZ'],
    extra: ['extra', 'VARCHAR'],
  },
  auction: {
    id: ['id', 'BIGINT'],
    date_time: ['dateTime', 'TIMESTAMPTZ'],
    seller: ['seller', 'BIGINT'],
  },
  person: {
    id: ['id', 'BIGINT'],
    name: ['name', 'VARCHAR'],
    date_time: ['dateTime', 'TIMESTAMPTZ'],
  },
} as const satisfies Readonly<Record<string, LogColumns>>;

const rank1 = 'price < 10000';
const rank2 = 'price between 10000 and 999999';
const rank3 = 'price > 999999';

/** Counts by price rank; `distinct` by way of CASE, not of FILTER as in the pipeline. */
const bidStatistics = `count(*), count_if(${rank1}), count_if(${rank2}), count_if(${rank3})`;
const distinctStatistics = ['bidder', 'auction']
  .map(
    (column) =>
      `count(distinct ${column}), ${[rank1, rank2, rank3].map((rank) => `count(distinct case when ${rank} then ${column} end)`).join(', ')}`,
  )
  .join(', ');

/** [start, end) of a tumbling window, by DuckDB's own time_bucket. */
const windowStart = (length: string): string => `time_bucket(interval '${length}', date_time)`;
const windowEnd = (length: string): string => `${windowStart(length)} + interval '${length}'`;
const closed = (length: string): string => `${windowEnd(length)} <= (select until from closed)`;

/** A bid begins a session when none of its bidder came within the 10 s before it, or when a day begins. */
const sessions = (day: string, end: string): string => `with marked as (
      select bidder, date_time, ${day} as day, coalesce(
        date_time > lag(date_time) over w + interval '10 seconds' or day <> lag(${day}) over w, true) as begins
      from bids window w as (partition by bidder order by date_time)
    ), numbered as (
      select *, count_if(begins) over (partition by bidder order by date_time range between unbounded preceding and current row) as session from marked
    )
    select bidder, count(*), min(date_time), ${end} as e
    from numbered group by bidder, session having e <= (select until from closed)`;

/**
 * Each query in plain SQL over all events of the log: relations `bids`, `persons`, `auctions` and `closed`, whose column `until` is the
 * end of the last window that the watermark has closed. Written apart from Sluice's window code: other functions, other forms.
 */
export const oracles = {
  q0: 'select _partition, _offset, _timestamp, auction, bidder, price, channel, url, date_time, extra from bids',
  q1: `select auction, bidder, (price * 908)::decimal(23,3) / 1000, date_time, extra, ${windowEnd('10 seconds')} from bids where ${closed('10 seconds')}`,
  q2: `select auction, price, ${windowEnd('10 seconds')} from bids where ${closed('10 seconds')} and auction // 123 * 123 = auction`,
  q5: `with starts as (
      select unnest(generate_series(
        (select time_bucket(interval '2 seconds', min(date_time)) - interval '10 seconds' from bids),
        (select max(date_time) from bids),
        interval '2 seconds')) as s
    ), counts as (
      select auction, s, count(*) as num from starts join bids on date_time >= s and date_time < s + interval '10 seconds'
      where s + interval '10 seconds' <= (select until from closed) group by auction, s
    ), best as (select s, max(num) as most from counts group by s)
    select auction, num, counts.s, counts.s + interval '10 seconds' from counts join best on counts.s = best.s and num = most`,
  q7: `with best as (select ${windowStart('10 seconds')} as s, max(price) as highest from bids group by all)
    select auction, bidder, price, date_time, extra, s + interval '10 seconds' from best join bids on price = highest and ${windowStart('10 seconds')} = s
    where s + interval '10 seconds' <= (select until from closed)`,
  q8: `select distinct p.id, p.name, p.s, p.s + interval '10 seconds'
    from (select *, ${windowStart('10 seconds')} as s from persons) p, (select *, ${windowStart('10 seconds')} as s from auctions) a
    where a.seller = p.id and a.s = p.s and p.s + interval '10 seconds' <= (select until from closed)`,
  // Sessions do not reach over midnight.
  q11: sessions(
    "date_trunc('day', date_time)",
    "least(max(date_time) + interval '10 seconds', min(day) + interval '1 day')",
  ),
  q12: `select bidder, count(*), time_bucket(interval '10 seconds', _timestamp) as s, s + interval '10 seconds' as e
    from bids group by bidder, s having e <= (select until from closed)`,
  q14: `select auction, bidder, (price * 908)::decimal(23,3) / 1000, case
      when epoch_ms(date_time) // 3600000 % 24 in (7, 19) then 'otherTime'
      when epoch_ms(date_time) // 3600000 % 24 between 8 and 18 then 'dayTime' else 'nightTime' end,
      date_time, extra, len(list_filter(string_split(extra, ''), lambda c: c = 'c')), ${windowEnd('10 seconds')}
    from bids where ${closed('10 seconds')} and price * 908 > 1000000000 and price * 908 < 50000000000`,
  q15: `select ${windowStart('1 day')}::date, ${bidStatistics}, ${distinctStatistics} from bids where ${closed('1 day')} group by 1`,
  q16: `select channel, ${windowStart('1 day')}::date, strftime(max(date_time), '%H:%M'), ${bidStatistics}, ${distinctStatistics}
    from bids where ${closed('1 day')} group by 1, 2`,
  q17: `select auction, ${windowStart('1 day')}::date, ${bidStatistics}, min(price), max(price), floor(sum(price) / count(*))::bigint, sum(price)
    from bids where ${closed('1 day')} group by 1, 2`,
  // The greatest of (time, partition, offset) is the last one: structs are compared field by field.
  q18: `select b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra, e
    from (select ${windowEnd('1 minute')} as e, max({'t': date_time, 'p': _partition, 'o': _offset, 'bid': bids}).bid as b
      from bids where ${closed('1 minute')} group by bidder, auction, e)`,
  q19: `select b.auction, b.bidder, b.price, b.channel, b.url, b.date_time, b.extra, e, rank from (
      select e, unnest(best) as b, generate_subscripts(best, 1) as rank from (
        select ${windowEnd('1 minute')} as e, list(bids order by price desc, _partition, _offset)[1:10] as best
        from bids where ${closed('1 minute')} group by auction, e))`,
  q21: `select auction, bidder, price, channel, coalesce(
      (list_position(['Apple', 'Google', 'Facebook', 'Baidu'], channel) - 1)::varchar, string_split(url, 'channel_id=')[2]) as id, ${windowEnd('10 seconds')}
    from bids where ${closed('10 seconds')} and id is not null`,
  q22: `select auction, bidder, price, channel, part[4], part[5], part[6], ${windowEnd('10 seconds')}
    from (select *, string_split(url, '/') as part from bids) where ${closed('10 seconds')}`,
} as const;

export type NexmarkQuery = keyof typeof oracles;

/** Where Flink's rows are others by definition: its sessions reach over midnight. */
export const flinkOracles: Readonly<Record<NexmarkQuery, string>> = {
  ...oracles,
  q11: sessions('1', "max(date_time) + interval '10 seconds'"),
};
