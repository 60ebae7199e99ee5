import { loadConfig } from '../../../base/config';
import { javaArgs, parseDone } from '../../../bench/flink/flink-process';

const input = {
  program: { main: 'Job', options: { job: 'J3', topic: 'events' } } as const,
  directory: '/data/run',
  config: loadConfig({}),
  namespace: 'bench',
  id: 'flink_1',
  commitSeconds: 10,
  signal: new AbortController().signal,
};

describe('the command of a Flink job', () => {
  it('has the job, the state and no secret', () => {
    const args = javaArgs(input, { state: 'rocksdb', tuned: false }, 'classes:lib/*').join(' ');
    expect(args).toContain('sluice.bench.Job --job J3 --topic events --directory /data/run');
    expect(args).toContain('--state rocksdb --tuned false');
    expect(args).toContain('--checkpoint-seconds 10');
    expect(args).not.toContain(input.config.s3.secretAccessKey);
    expect(args).not.toContain('UseParallelGC');
  });

  it('runs a file of statements in place of a job', () => {
    const query = { ...input, program: { main: 'Query', options: { sql: '/data/q5.sql' } } as const };
    expect(javaArgs(query, { state: 'heap', tuned: true }, 'c').join(' ')).toContain(
      'sluice.bench.Query --sql /data/q5.sql --directory /data/run',
    );
  });

  it('takes the parallel collector when tuned', () => {
    expect(javaArgs(input, { state: 'heap', tuned: true }, 'c')).toContain('-XX:+UseParallelGC');
  });
});

describe('the last word of a Flink job', () => {
  it('has the first commit and the end', () => {
    expect(parseDone('done 9100 31250')).toEqual({ firstMs: 9100, jobMs: 31250 });
    expect(parseDone('done -1 7000')).toEqual({ jobMs: 7000 });
  });

  it('is nothing else', () => expect(() => parseDone('done')).toThrow('expected "done FIRST_MS JOB_MS"'));
});
