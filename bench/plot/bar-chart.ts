import * as echarts from 'echarts';

export interface BarChartInput {
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly bars: readonly { readonly name: string; readonly value: number }[];
  }[];
}

const PANEL_WIDTH = 460;
const COLUMNS = 2;
const TITLE_HEIGHT = 40;
const COLORS: Readonly<Record<string, string>> = { sluice: '#c2410c', limit: '#64748b' };

/** Panels of horizontal bars, two in a row, the first bar on top, as SVG text. Equal input gives equal text. */
export function barChartSvg({ title, panels }: BarChartInput): string {
  const panelHeight = 70 + 38 * Math.max(...panels.map(({ bars }) => bars.length));
  const width = PANEL_WIDTH * Math.min(COLUMNS, panels.length);
  const height = TITLE_HEIGHT + panelHeight * Math.ceil(panels.length / COLUMNS);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  const left = (at: number): number => (at % COLUMNS) * PANEL_WIDTH + 105;
  const top = (at: number): number => TITLE_HEIGHT + Math.floor(at / COLUMNS) * panelHeight;
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: [
      { text: title, left: 'center', top: 8, textStyle: { fontSize: 15 } },
      ...panels.map((panel, at) => ({
        text: panel.title,
        left: left(at),
        top: top(at),
        textStyle: { fontSize: 12, fontWeight: 'normal' },
      })),
    ],
    grid: panels.map((_, at) => ({
      left: left(at),
      width: PANEL_WIDTH - 175,
      top: top(at) + 26,
      height: panelHeight - 60,
    })),
    xAxis: panels.map((_, at) => ({ type: 'value', gridIndex: at, splitNumber: 4 })),
    yAxis: panels.map(({ bars }, at) => ({
      type: 'category',
      gridIndex: at,
      inverse: true,
      data: bars.map(({ name }) => name),
    })),
    series: panels.map(({ bars }, at) => ({
      type: 'bar',
      xAxisIndex: at,
      yAxisIndex: at,
      barMaxWidth: 22,
      label: { show: true, position: 'right' },
      data: bars.map(({ name, value }) => ({ value, itemStyle: { color: COLORS[name] ?? '#2563eb' } })),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return withOwnClasses(svg);
}

/** The library counts its class names through all charts of a process; here they begin at 0 in each. */
function withOwnClasses(svg: string): string {
  const names = [...new Set(svg.match(/zr\d+-cls-\d+/g))];
  return svg.replaceAll(/zr\d+-cls-\d+/g, (name) => `bar-${names.indexOf(name)}`);
}
