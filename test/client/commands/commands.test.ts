import { lazy } from '../../../client/lazy';
import { fakeTerminal, sluice } from '../support/fake-terminal';
import { runCli } from '../../../client/cli/run';

/** Replaces what a command loads late. */
function replace<K extends keyof typeof lazy>(name: K, module: object): void {
  jest.spyOn(lazy, name).mockReturnValue(module as never);
}
afterEach(() => jest.restoreAllMocks());

const queryResult = {
  columns: [{ name: 'n', type: 'BIGINT' }],
  rows: [[9_007_199_254_740_993n]],
  rowCount: 1,
  truncated: false,
  ref: { name: 'main', hash: '0123456789abcdef' },
  tables: [],
  elapsedMs: 12,
};

describe('query', () => {
  const queryLake = jest.fn();
  beforeEach(() => {
    queryLake.mockReset().mockResolvedValue({ result: queryResult, by: 'router' });
    replace('query', { queryLake });
  });

  it('prints a table, and what it cost on standard error', async () => {
    const { code, out, err } = await sluice(['query', 'select 1', '--at', 'release', '--max-rows', '5']);
    expect({ code, out, err }).toEqual({
      code: 0,
      out: 'n\n9007199254740993\n'.replace('n\n', '               n\n'),
      err: '1 row, 0.0 s, at main@0123456789ab\n',
    });
    expect(queryLake.mock.calls[0][1]).toMatchObject({ sql: 'select 1', ref: 'release', maxRows: 5 });
    expect(queryLake.mock.calls[0][2]).toEqual({ local: false });
  });

  it('prints CSV', async () => {
    expect((await sluice(['query', 'select 1', '--csv'])).out).toBe('n\n9007199254740993\n');
  });

  it('prints one JSON document that keeps every digit', async () => {
    const { out, err } = await sluice(['query', 'select 1', '--json']);
    expect(err).toBe('');
    expect(out).toContain('"rows":[[9007199254740993]]');
    expect(JSON.parse(out)).toMatchObject({ rowCount: 1, by: 'router' });
  });
});

describe('produce', () => {
  const tally = { good: 9, late: 0, malformed: 1, malformedByKind: {} };
  const produceEvents = jest.fn();
  beforeEach(() => {
    produceEvents.mockReset().mockResolvedValue({
      ...{ pipeline: 'sensors', topic: 'sensor_data', sent: 10, tally, seed: 3, firstTimeMs: 0, lastTimeMs: 9 },
      ...{ elapsedMs: 5, eventsPerSecond: 2000 },
    });
    replace('produce', { produceEvents });
    replace('ensureTopic', { ensureTopic: jest.fn() });
  });

  it('hands over what was asked for', async () => {
    const { code, out } = await sluice([
      ...['produce', '10', '-p', 'sensors', '--seed', '3', '--late', '1%', '--malformed', '0.1'],
      ...['--out-of-order', '500ms', '--start', '2026-01-01T00:00:00Z', '--rate', '50'],
    ]);
    expect(code).toBe(0);
    expect(produceEvents.mock.calls[0][0]).toMatchObject({
      pipeline: 'sensors',
      topic: 'sensor_data',
      pace: 50,
      generate: {
        ...{ seed: 3, count: 10, rate: 50, startTimeMs: Date.UTC(2026, 0, 1) },
        ...{ outOfOrderMs: 500, lateShare: 0.01, malformedShare: 0.1 },
      },
    });
    expect(out).toContain('good 9, late 0, malformed 1');
  });

  it('refuses a pipeline that has no generator', async () => {
    const { code, err } = await sluice(['produce', '1', '-p', 'mine']);
    expect([code, produceEvents.mock.calls.length]).toEqual([2, 0]);
    expect(err).toContain('expected one of the shipped pipelines');
  });

  it('ends with 130 when it was interrupted, after the counts', async () => {
    const terminal = fakeTerminal();
    produceEvents.mockImplementation(async () => {
      terminal.interrupt();
      return { topic: 't', sent: 4, tally, firstTimeMs: 0, lastTimeMs: 1, elapsedMs: 1, eventsPerSecond: 1 };
    });
    expect(await runCli(['produce', '10'], terminal, '1')).toBe(130);
    expect(terminal.out()).toContain('Sent 4 events');
  });
});

describe('consume', () => {
  const message = {
    partition: 1,
    offset: 7n,
    timestampMs: 0,
    key: Buffer.from('k'),
    value: Buffer.from('{"a":"\u001b[2J"}'),
  };
  const consumeMessages = jest.fn(async (_kafka, _input, onMessage) => onMessage(message));
  beforeEach(() => replace('consume', { consumeMessages }));

  it('prints a line per message that cannot paint the screen', async () => {
    const { out } = await sluice(['consume', '1', '--topic', 't', '--from-beginning']);
    expect(out).toBe('1:7  1970-01-01T00:00:00.000Z  k  {"a":"\\u001b[2J"}\n');
    expect(consumeMessages.mock.calls[0]?.[1]).toMatchObject({ topic: 't', from: 'beginning', limit: 1 });
  });

  it('reads the topic of a pipeline, and prints one document with --json', async () => {
    const { out } = await sluice(['consume', '1', '--pipeline', 'transactions', '--json']);
    expect(JSON.parse(out)).toMatchObject({ topic: 'transactions', messages: [{ partition: 1, offset: 7, key: 'k' }] });
  });
});

describe('up', () => {
  const server = { name: 'kafka', title: 'Kafka', address: 'localhost:1', outcome: 'started', pid: 1, elapsedMs: 1500 };

  it('starts what is named, and says when a process runs older code', async () => {
    const up = jest.fn().mockResolvedValue([server]);
    replace('up', { up });
    replace('stale', { staleProcesses: async () => ['worker'] });
    const { code, out, err } = await sluice(['up', 'kafka']);
    expect(code).toBe(0);
    expect(up.mock.calls[0][0]).toMatchObject({ only: ['kafka'], docker: false });
    expect(out).toMatch(/kafka\s+started\s+localhost:1\s+1\.5 s/);
    expect(err).toContain('sluice down worker && sluice up');
  });

  it('passes Ctrl-C on', async () => {
    const terminal = fakeTerminal();
    replace('up', {
      up: async ({ signal }: { signal: AbortSignal }) => {
        terminal.interrupt();
        expect(signal.aborted).toBe(true);
        throw new Error('whatever an abort looks like inside');
      },
    });
    expect(await runCli(['up'], terminal, '1')).toBe(130);
    expect(terminal.err()).toBe('sluice: interrupted [INTERRUPTED]\n');
  });
});

describe('approve and reject', () => {
  it('send who and why', async () => {
    const giveVerdict = jest.fn().mockResolvedValue({ seq: '12', phase: 'held', held: [], stagings: 1 });
    replace('verdict', { ...jest.requireActual('../../../client/temporal/give-verdict'), giveVerdict });
    replace('temporal', { withTemporal: (_config: unknown, work: (temporal: object) => unknown) => work({}) });
    const approved = await sluice(['approve', 'p/12', '--why', 'seen', '--by', 'ann']);
    expect(approved.out).toBe('Batch p/12 approved by ann: it is being published.\n');
    const rejected = await sluice(['reject', 'p/12', '--why', 'bad', '--by', 'bob', '--json']);
    expect(JSON.parse(rejected.out)).toMatchObject({
      pipeline: 'p',
      seq: '12',
      verdict: 'reject',
      by: 'bob',
      why: 'bad',
    });
    expect(giveVerdict.mock.calls.map(([, name, verdict]) => [name, verdict])).toEqual([
      [
        { pipeline: 'p', seq: '12' },
        { verdict: 'approve', by: 'ann', why: 'seen' },
      ],
      [
        { pipeline: 'p', seq: '12' },
        { verdict: 'reject', by: 'bob', why: 'bad' },
      ],
    ]);
  });
});
