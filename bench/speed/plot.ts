import { barChartSvg } from '../plot/bar-chart';
import type { Summary } from './figures';

/** CPU per event and events/s of J3 and J1, medians. Pure. */
export function mainPlot(summaries: readonly Summary[], events: number): string {
  const panels = (['J3', 'J1'] as const).flatMap((job) => {
    const own = summaries.filter((summary) => summary.job === job);
    if (own.length === 0) return [];
    const work = job === 'J3' ? 'raw table and windows' : 'raw table';
    return [
      {
        title: `${job}, ${work}: CPU µs per event`,
        bars: own.map(({ contender, cpuMicrosPerEvent }) => ({
          name: contender,
          value: Math.round(cpuMicrosPerEvent.median * 10) / 10,
        })),
      },
      {
        title: `${job}: thousand events/s`,
        bars: own.map(({ contender, eventsPerSecond }) => ({
          name: contender,
          value: Math.round(eventsPerSecond.median / 1000),
        })),
      },
    ];
  });
  return barChartSvg({ title: `${events.toLocaleString('en-US')} events from Kafka to Iceberg`, panels });
}
