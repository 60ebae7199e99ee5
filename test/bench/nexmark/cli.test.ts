import { parseNexmark } from '../../../bench/nexmark/cli';

describe('the options of nexmark', () => {
  it('take all queries by Sluice alone by default', () => {
    const options = parseNexmark([]);
    expect(options).toMatchObject({ events: 1_000_000, rate: 1000, beside: [], docs: false });
    expect(options).toHaveProperty('queries', expect.arrayContaining(['q0', 'q5', 'q8', 'q22']));
    expect(parseNexmark(['--help'])).toBe('help');
  });

  it('take some queries beside some systems', () => {
    const args = ['--queries', 'q5,q7', '--beside', 'flink-tuned,flink-rocksdb'];
    expect(parseNexmark(args)).toMatchObject({ queries: ['q5', 'q7'], beside: ['flink-tuned', 'flink-rocksdb'] });
  });

  it.each([
    [['--queries', 'q3'], '--queries: expected some of q0,'],
    [['--beside', 'spark'], '--beside: expected some of flink-heap,flink-rocksdb,flink-tuned, found spark'],
    [['--events', '0'], '--events: expected a whole number from 1, found 0'],
    [['--evnets', '1'], "Unknown option '--evnets'"],
  ])('refuse %j', (args, message) => expect(() => parseNexmark(args)).toThrow(message));
});
