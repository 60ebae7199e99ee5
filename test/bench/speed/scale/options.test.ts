import { parseScale } from '../../../../bench/speed/scale/options';

describe('parseScale', () => {
  it('measures everything at full size by default', () => {
    expect(parseScale([])).toMatchObject({
      parts: ['workers', 'partitions', 'growth', 'backlog'],
      rows: 100_000_000,
      snapshots: 2000,
      backlogEvents: 20_000_000,
    });
    expect(parseScale(['--help'])).toBe('help');
  });

  it.each([
    [['--parts', 'width'], '--parts: expected some of workers,partitions,growth,backlog, found width'],
    [['--rows', '10', '--snapshots', '20'], '--rows: expected at least as many as snapshots (20), found 10'],
    [['--rounds', '0'], '--rounds: expected a whole number from 1, found 0'],
    [['--events', '1000'], '--events: growth needs at least 300000'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseScale(args)).toThrow(message);
  });
});
