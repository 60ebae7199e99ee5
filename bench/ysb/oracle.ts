import { quoteText } from '../../engine/sql';
import { logRelation, type LogColumns } from '../equality/log-relation';

const eventColumns: LogColumns = {
  ad_id: ['ad_id', 'VARCHAR'],
  event_type: ['event_type', 'VARCHAR'],
  event_time: ['event_time', 'TIMESTAMPTZ'],
};
const adColumns: LogColumns = { ad_id: ['ad_id', 'VARCHAR'], campaign_id: ['campaign_id', 'VARCHAR'] };

/** Views per campaign and 10 s in plain SQL over all events of the log, without those that the table lists as late. */
export function ysbOracle(input: {
  readonly eventsLog: string;
  readonly adsLog: string;
  readonly watermarkMs: number;
}): { readonly expected: string; readonly relations: Readonly<Record<string, string>> } {
  // A window is closed when its end - 1 ms is not above the watermark.
  const until = quoteText(new Date(input.watermarkMs + 1).toISOString());
  return {
    expected: `select campaign_id, time_bucket(interval '10 seconds', event_time) as s, s + interval '10 seconds' as e, count(*)
      from views, ads where views.ad_id = ads.ad_id and event_type = 'view' and (_partition, _offset) not in (select (_partition, _offset) from late)
      group by campaign_id, s having e <= ${until}::timestamptz`,
    relations: {
      views: logRelation(input.eventsLog, eventColumns),
      ads: `(select ad_id, campaign_id from ${logRelation(input.adsLog, adColumns)})`,
    },
  };
}
