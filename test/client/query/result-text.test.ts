import { resultCells, resultColumns, resultCsv } from '../../../client/query/result-text';
import type { QueryResult } from '../../../router/query';

const result: QueryResult = {
  columns: [
    { name: 'id', type: 'BIGINT' },
    { name: 'amount', type: 'DECIMAL(18,2)' },
    { name: 'a "name"', type: 'VARCHAR' },
    { name: 'm', type: 'MAP(VARCHAR, BIGINT)' },
  ],
  rows: [
    [9_007_199_254_740_993n, '1.50', 'x, y', [['k', 1n]]],
    [null, null, '', null],
    [1, '2.00', 'line\nbreak', []],
  ],
  rowCount: 3,
  truncated: false,
  ref: { name: 'main', hash: 'abc' },
  tables: [],
  elapsedMs: 1,
};

describe('query results as text', () => {
  it('puts numbers to the right', () => {
    expect(resultColumns(result).map(({ align }) => align)).toEqual(['right', 'right', 'left', 'left']);
  });

  it('shows values exactly, nulls as nothing, and no control characters', () => {
    expect(resultCells(result)).toEqual([
      ['9007199254740993', '1.50', 'x, y', '[["k",1]]'],
      ['', '', '', ''],
      ['1', '2.00', 'line\\nbreak', '[]'],
    ]);
  });

  it('writes CSV that tells null from an empty text', () => {
    expect(resultCsv(result)).toBe(
      'id,amount,"a ""name""",m\n9007199254740993,1.50,"x, y","[[""k"",1]]"\n,,"",\n1,2.00,"line\nbreak",[]\n',
    );
  });
});
