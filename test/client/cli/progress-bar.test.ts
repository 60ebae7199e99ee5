import { progressBars } from '../../../client/cli/progress-bar';
import { createSteps } from '../../../client/demo/steps';
import { fakeTerminal } from '../support/fake-terminal';

describe('progress where there is no terminal', () => {
  beforeEach(() => jest.useFakeTimers({ now: 0 }));
  afterEach(() => jest.useRealTimers());

  it('says a line every few seconds, and the end once', () => {
    const terminal = fakeTerminal();
    const bars = progressBars(terminal.stderr);
    const bar = bars.add('events', 1000);
    for (const done of [100, 200]) bar.update(done);
    jest.setSystemTime(6_000);
    bar.update(300, '50 events/s');
    bar.update(400);
    bar.update(1000);
    bar.update(1000);
    expect(terminal.err()).toBe('  events 300/1,000 50 events/s (6.0 s)\n  events 1,000/1,000 (6.0 s)\n');
    bars.stop();
    bar.update(1);
    expect(terminal.err().split('\n')).toHaveLength(3);
  });

  it('tells steps with their time', async () => {
    const terminal = fakeTerminal();
    const steps = createSteps(terminal);
    const result = await steps.run(
      'Servers',
      async () => 6,
      (count) => `${count} run`,
    );
    expect(result).toBe(6);
    expect(terminal.err()).toBe('Servers\n  ✓ 6 run (0.0 s)\n');
    expect(steps.times).toEqual([{ step: 'Servers', elapsedMs: 0 }]);
  });
});
