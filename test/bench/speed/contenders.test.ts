import { pipelineYaml } from '../../../bench/contenders/sluice';
import { loadContenders } from '../../../bench/speed/load-contenders';
import { parsePipeline } from '../../../pipeline/parse';

describe('loadContenders', () => {
  it('finds all that are there, under their own names', () => {
    expect(loadContenders().map(({ name }) => name)).toEqual(expect.arrayContaining(['limit', 'sluice', 'python']));
    expect(loadContenders(['sluice']).map(({ name }) => name)).toEqual(['sluice']);
  });

  it('refuses a name that nobody has', () => {
    expect(() => loadContenders(['spark'])).toThrow('--contenders: expected some of limit,sluice');
  });
});

describe("Sluice's pipeline file", () => {
  const input = { topic: 'events', namespace: 'bench_speed', id: 'sluice_j3_1', commitSeconds: 10 };

  it('has the tables that are compared', () => {
    const both = parsePipeline(pipelineYaml({ ...input, job: 'J3' }), 'bench.yaml');
    expect(both.table).toEqual({ namespace: 'bench_speed', name: 'sluice_j3_1_raw' });
    expect(both.windows.map(({ table }) => table.name)).toEqual(['sluice_j3_1_windows']);
    expect(parsePipeline(pipelineYaml({ ...input, job: 'J1' }), 'bench.yaml').windows).toEqual([]);
  });
});
