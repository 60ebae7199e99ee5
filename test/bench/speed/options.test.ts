import { parseMain } from '../../../bench/speed/options';

describe('parseMain', () => {
  it('has the defaults of the main run', () => {
    expect(parseMain([])).toMatchObject({
      measure: { events: 5_000_000, rounds: 3, seed: 1, stepUs: 600, jobs: ['J1', 'J2', 'J3'] },
      output: { json: false, docs: false },
    });
  });

  it('takes lists', () => {
    expect(parseMain(['--jobs', 'J3', '--contenders', 'sluice,limit'])).toMatchObject({
      measure: { jobs: ['J3'], contenders: ['sluice', 'limit'] },
    });
    expect(parseMain(['--help'])).toBe('help');
  });

  it.each([
    [['--jobs', 'J4'], '--jobs: expected some of J1,J2,J3, found J4'],
    [['--events', '0'], '--events: expected a whole number from 1, found 0'],
    [['--evnets', '1'], "Unknown option '--evnets'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseMain(args)).toThrow(message);
  });
});
