import { better, judge, table, type Figure } from '../../../bench/compaction/report';

function figure(part: Partial<Figure>): Figure {
  return {
    data: 'lineitem',
    way: 'copy column chunks',
    files: 40,
    inputBytes: 300e6,
    contentBefore: '9 rows, checksum 1',
    content: '9 rows, checksum 1',
    cpuSeconds: 1,
    wallSeconds: 1,
    peakRssMb: 100,
    outputBytes: 300e6,
    readCpuSeconds: 1,
    ...part,
  };
}
const all = (copySeconds: number, encodeSeconds: number): readonly Figure[] => [
  figure({ cpuSeconds: copySeconds }),
  figure({ way: 're-encode', cpuSeconds: encodeSeconds }),
  figure({ way: 'DuckDB re-encode', cpuSeconds: 10 }),
];

test('both goals must be met, on every data set', () => {
  expect(judge(all(2, 12.5))).toEqual({
    ok: true,
    text: 'OK: lineitem: copy 150 MB per CPU second, re-encode 80 % of bare DuckDB (goals 150 MB and 80 %); rows equal by all ways',
  });
  expect(judge(all(2.1, 12.5)).ok).toBe(false);
  expect(judge(all(2, 12.6)).ok).toBe(false);
  const raw = all(5, 12.5).map((item) => ({ ...item, data: 'raw' as const }));
  expect(judge([...all(2, 12.5), ...raw])).toMatchObject({
    ok: false,
    text: expect.stringMatching(/^SHORT: lineitem: .*; raw: copy 60 MB/),
  });
});

test('rows that changed fail it, however fast', () => {
  const changed = figure({ way: 'pyarrow 1', content: '8 rows, checksum 1' });
  expect(judge([...all(1, 1), changed])).toEqual({ ok: false, text: 'FAILED: rows changed: lineitem by pyarrow 1' });
  expect(better(figure({ cpuSeconds: 1 }), { ...changed, cpuSeconds: 2 })).toMatchObject({
    cpuSeconds: 1,
    content: changed.content,
  });
  expect(better({ ...changed, cpuSeconds: 1 }, figure({ cpuSeconds: 2 }))).toMatchObject({
    cpuSeconds: 1,
    content: changed.content,
  });
});

test('the table has a line for each way, and one for the files before', () => {
  const before = figure({ way: 'before', cpuSeconds: 0 });
  expect(table([figure({}), before]).split('\n')).toEqual([
    'lineitem: 40 files, 300.0 MB, 9 rows',
    '',
    expect.stringMatching(/^\| way \|/),
    expect.stringMatching(/^\| --- \| --:/),
    '| copy column chunks | 300 | 300 | 1.00 | 100 | 300.0 | 1.00 |',
    '| before |  |  |  |  | 300.0 | 1.00 |',
    '',
  ]);
});
