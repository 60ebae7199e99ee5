import { parseEqual } from '../../../bench/flink/equal-options';

describe('parseEqual', () => {
  it('has defaults that close windows', () => {
    expect(parseEqual([])).toMatchObject({ events: 100_000, stepUs: 6000, state: 'tuned', json: false });
    expect(parseEqual(['--help'])).toBe('help');
  });

  it.each([
    [['--state', 'disk'], '--state: expected tuned, heap, rocksdb, found disk'],
    [['--events', '-1'], "Option '--events' argument is ambiguous"],
    [['--events', '0'], '--events: expected a whole number from 1, found 0'],
    [['--evnets', '1'], "Unknown option '--evnets'"],
  ])('refuses %j', (args, message) => expect(() => parseEqual(args)).toThrow(message));
});
