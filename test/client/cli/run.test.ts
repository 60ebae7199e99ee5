import { SluiceError } from '../../../base/errors';
import { lazy } from '../../../client/lazy';
import { fakeTerminal, sluice } from '../support/fake-terminal';
import { runCli } from '../../../client/cli/run';

const commandNames = [
  ...['demo', 'up', 'down', 'status', 'doctor', 'setup', 'apply', 'start', 'stop', 'produce', 'consume', 'batches'],
  ...['approve', 'reject', 'query', 'log', 'refs', 'verify', 'worker', 'router'],
];

/** Replaces what a command loads late. */
function replace<K extends keyof typeof lazy>(name: K, module: object): void {
  jest.spyOn(lazy, name).mockReturnValue(module as never);
}

afterEach(() => jest.restoreAllMocks());

describe('the command line', () => {
  it('lists every command in its help, on standard output, with status 0', async () => {
    const { code, out, err } = await sluice(['--help']);
    expect([code, err]).toEqual([0, '']);
    for (const name of commandNames) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(out).toContain('Exit status: 0 done');
  });

  it.each(commandNames)('explains %s with examples and the global options', async (name) => {
    const { code, out } = await sluice([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`Examples:\\n(  \\$ (?:\\w+=\\S+ )?sluice .*\\b${name}\\b.*\\n)+`));
    expect(out).toContain('--json');
    expect(out).toContain('--port-offset');
  });

  it('prints its version', async () => {
    expect(await sluice(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  it('shows the help on standard error, with status 2, when nothing is asked', async () => {
    const { code, out, err } = await sluice([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: sluice');
  });

  it.each([
    [['statu'], `unknown command 'statu'`, 'Did you mean status?'],
    [['status', '--jsom'], `unknown option '--jsom'`, 'Did you mean --json?'],
    [['produce'], `missing required argument 'n'`, 'See the command’s --help.'],
    [['produce', 'many'], 'expected a whole number from 0, found "many"', 'See the command’s --help.'],
    [['produce', '5', '--late', '2'], 'expected a share as 0.05 or 5%, found "2"', 'See the command’s --help.'],
    [['approve', 'p/1'], `required option '--why <text>' not specified`, 'See the command’s --help.'],
    [['up', 'kafak'], 'no server "kafak"', 'Name one of kafka, s3, nessie, temporal, router, worker.'],
    [
      ['approve', 'p', '--why', 'x'],
      'expected a batch as PIPELINE/SEQ, found "p"',
      'Write for example user-activity/12; `sluice batches` lists the held ones.',
    ],
    [
      ['--port-offset', '99999', 'status'],
      'environment variable SLUICE_PORT_OFFSET',
      'Set SLUICE_PORT_OFFSET right or unset it.',
    ],
  ])('refuses %j with status 2, a message and a cure', async (args, message, cure) => {
    const { code, out, err } = await sluice(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).toContain('[BAD_INPUT]');
    expect(err).toContain(`\n  -> ${cure}\n`);
  });

  it('says a usage error as one JSON document with --json', async () => {
    const { code, out, err } = await sluice(['statu', '--json']);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toEqual({
      error: { code: 'BAD_INPUT', message: `unknown command 'statu'`, cure: 'Did you mean status?' },
    });
  });

  it('does not take a --json behind -- for an option', async () => {
    const { out, err } = await sluice(['statu', '--', '--json']);
    expect([out, err.startsWith('sluice: unknown command')]).toEqual(['', true]);
  });
});

describe('a command that fails', () => {
  const failure = new SluiceError('CATALOG_UNAVAILABLE', 'Nessie does not answer', { cure: 'sluice up' });

  it('has status 1, one line and a cure', async () => {
    replace('verify', { verifyPipelines: () => Promise.reject(failure) });
    expect(await sluice(['verify'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: Nessie does not answer [CATALOG_UNAVAILABLE]\n  -> sluice up\n',
    });
  });

  it('prints one JSON document with --json, before or behind the command', async () => {
    replace('verify', { verifyPipelines: () => Promise.reject(failure) });
    for (const args of [
      ['--json', 'verify'],
      ['verify', '--json'],
    ]) {
      const { code, out, err } = await sluice(args);
      expect([code, err]).toEqual([1, '']);
      expect(JSON.parse(out)).toEqual({
        error: { code: 'CATALOG_UNAVAILABLE', message: 'Nessie does not answer', cure: 'sluice up' },
      });
    }
  });

  it('names an error of no class INTERNAL, with its causes', async () => {
    const error = new Error('broken', { cause: new Error('disk full') });
    replace('verify', { verifyPipelines: () => Promise.reject(error) });
    expect((await sluice(['verify'])).err).toBe('sluice: broken: disk full [INTERNAL]\n');
  });

  it('has status 130 when it was interrupted', async () => {
    const terminal = fakeTerminal();
    terminal.interrupt();
    replace('verify', { verifyPipelines: () => Promise.reject(terminal.interrupted().reason) });
    expect(await runCli(['verify'], terminal, '1')).toBe(130);
  });

  it('colours only on a terminal, and not with NO_COLOR', async () => {
    replace('verify', { verifyPipelines: () => Promise.reject(failure) });
    const escape = String.fromCharCode(27);
    expect((await sluice(['verify'], { tty: true })).err).toContain(`${escape}[31m`);
    expect((await sluice(['verify'], { tty: true, env: { NO_COLOR: '1' } })).err).not.toContain(escape);
    expect((await sluice(['verify'])).err).not.toContain(escape);
  });
});

describe('global options', () => {
  it('reach the settings', async () => {
    const status = jest.fn().mockResolvedValue({ servers: [], pipelines: [], problems: [] });
    replace('status', { readStatus: status });
    await sluice(['--port-offset', '2000', '--home', '/data/second', 'status', 'p']);
    const { config } = status.mock.calls[0][0];
    expect([config.home, config.router.port, config.temporal.address]).toEqual([
      '/data/second',
      10000,
      '127.0.0.1:9233',
    ]);
  });

  it('win over the environment, and may stand behind the command', async () => {
    const status = jest.fn().mockResolvedValue({ servers: [], pipelines: [], problems: [] });
    replace('status', { readStatus: status });
    await sluice(['status', 'p', '--port-offset', '100'], { env: { SLUICE_PORT_OFFSET: '7' } });
    expect(status.mock.calls[0][0].config.portOffset).toBe(100);
  });
});

describe('exit statuses', () => {
  it.each([
    [true, 0],
    [false, 1],
  ])('verify with ok: %s ends with %i', async (ok, expected) => {
    replace('verify', { verifyPipelines: async () => ({ ok, hash: 'abc', pipelines: [] }) });
    expect((await sluice(['verify'])).code).toBe(expected);
    expect(JSON.parse((await sluice(['verify', '--json'])).out)).toEqual({ ok, hash: 'abc', pipelines: [] });
  });

  it('doctor ends with 1 when something needs care', async () => {
    const finding = { name: 'Node', ok: false, found: '18', cure: 'Install Node 20.' };
    replace('doctor', { doctor: async () => ({ ok: false, machine: [finding], servers: [] }) });
    const { code, out } = await sluice(['doctor']);
    expect(code).toBe(1);
    expect(out).toMatch(/!!\s+Node\s+18\s+Install Node 20\./);
  });
});
