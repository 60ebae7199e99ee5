import { barChartSvg } from '../../../bench/plot/bar-chart';

describe('barChartSvg', () => {
  const input = { title: 'Cost', panels: [{ title: 'µs', bars: [{ name: 'sluice', value: 3.5 }] }] };

  it('shows names and values, the same for the same input', () => {
    const svg = barChartSvg(input);
    expect(svg).toContain('sluice');
    expect(svg).toContain('3.5');
    expect(barChartSvg(input)).toBe(svg);
  });
});
