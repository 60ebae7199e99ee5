import * as echarts from 'echarts';

export interface LineChartInput {
  readonly title: string;
  readonly xName: string;
  readonly yName: string;
  /** Points [x, y] of each line. */
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

/** A line chart as SVG text. Equal input gives equal text. */
export function lineChartSvg({ title, xName, yName, lines }: LineChartInput): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 420 });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, left: 'center', textStyle: { fontSize: 15 } },
    legend: { top: 30 },
    grid: { left: 70, right: 30, top: 70, bottom: 50 },
    xAxis: { type: 'value', name: xName, nameLocation: 'middle', nameGap: 28, min: 'dataMin', max: 'dataMax' },
    yAxis: { type: 'value', name: yName },
    series: lines.map(({ name, points }) => ({
      type: 'line',
      name,
      showSymbol: false,
      lineStyle: { width: 1.5 },
      data: points.map(([x, y]) => [x, y]),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
