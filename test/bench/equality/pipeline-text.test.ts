import { pipelineText } from '../../../bench/equality/pipeline-text';
import { pipelineFile, queries } from '../../../bench/nexmark/queries';
import { ysbPipelineText } from '../../../bench/ysb/place';
import { formatTableName } from '../../../base/table-name';
import { parsePipeline } from '../../../pipeline/parse';

const nexmark = { namespace: 'nexmark', id: 'x1', topic: 'a-topic' } as const;

describe('pipeline files under names of their own', () => {
  test('every window of the Nexmark files is a query of the catalogue, in the file that it names', () => {
    const windows = (['bids', 'append-time', 'persons', 'auctions'] as const).flatMap((file) => {
      const { windows: found } = parsePipeline(pipelineText({ file: pipelineFile(file), ...nexmark }), `${file}.yaml`);
      return found.map(({ table }) => `${file} ${formatTableName(table)}`);
    });
    const known = Object.entries(queries).flatMap(([query, { table, pipelines }]) =>
      query === 'q0' ? [] : [`${pipelines[0].file} bench.x1_${table}`],
    );
    expect(windows.sort()).toEqual(known.sort());
  });

  test('names, topic and batch are replaced, tables in queries and streams too', () => {
    const text = pipelineText({ file: pipelineFile('persons'), ...nexmark, maxEvents: 7, every: '3s' });
    const pipeline = parsePipeline(text, 'persons.yaml');
    expect(pipeline).toMatchObject({
      name: 'nexmark-persons-x1',
      source: { topic: 'a-topic' },
      table: { namespace: 'bench', name: 'x1_person' },
      windows: [{ streams: [{ alias: 'auctions', table: { namespace: 'bench', name: 'x1_auction' } }] }],
      batch: { everyMs: 3000, maxEvents: 7 },
    });
    const [window] = parsePipeline(ysbPipelineText({ pipeline: 'events', id: 'x2', topic: 't' }), 'e.yaml').windows;
    expect(window!.query).toContain('join bench.x2_ads as ads');
  });

  test('keeps the windows that are asked for, none as well', () => {
    const tables = (keep: readonly string[]): readonly string[] =>
      parsePipeline(pipelineText({ file: pipelineFile('bids'), ...nexmark, keep }), 'bids.yaml').windows.map(
        ({ table }) => formatTableName(table),
      );
    expect(tables(['nexmark.q5', 'nexmark.q7'])).toEqual(['bench.x1_q5', 'bench.x1_q7']);
    expect(tables([])).toEqual([]);
    expect(() => tables(['nexmark.q5', 'nexmark.q99'])).toThrow(
      'expected the windows nexmark.q5, nexmark.q99, found nexmark.q5',
    );
  });
});
