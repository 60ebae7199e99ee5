import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createColors } from 'picocolors';
import { planText } from '../../../client/apply/apply-text';
import { outline, requireAllThere, requireNoDifference } from '../../../client/apply/plan-apply';
import type { PipelinePlan, PlannedTable } from '../../../client/apply/plan-apply';
import { requireTopics } from '../../../client/apply/topics';
import { pipelineTables } from '../../../engine/pipeline-tables';
import { openEngine } from '../../../engine/engine';
import { metadataFor } from '../../../lake/create-table';
import { loadPipelineFile } from '../../../pipeline/load';

let plan: PipelinePlan;
beforeAll(async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-'));
  const engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
  const pipeline = await loadPipelineFile(path.join(__dirname, '../../../pipelines/user-activity.yaml'));
  const tables = (await pipelineTables(engine, pipeline, async () => undefined)).map((definition): PlannedTable => ({
    name: definition.name,
    definition,
    state: 'new',
    changes: [],
    problems: [],
    metadata: metadataFor({ warehouse: 's3://lake' }, definition, 0),
  }));
  plan = { pipeline, tables, before: undefined };
  await engine.close();
  rmSync(directory, { recursive: true });
});

const withState = (state: PlannedTable['state'], more: Partial<PlannedTable> = {}): PipelinePlan => ({
  ...plan,
  tables: plan.tables.map((table) => ({ ...table, state, ...more })),
});
const added = () => withState('changes', { changes: [{ kind: 'add', path: 'x', type: 'bigint', required: false }] });
const refused = () => withState('refused', { problems: [{ part: 'column', path: 'x', message: 'x: no' }] });

describe('the plan of an apply', () => {
  it('outlines every table with columns and partition, the window table by its query', () => {
    const outlines = plan.tables.map(outline);
    expect(outlines.map(({ table, partition }) => [table, ...partition])).toEqual([
      ['public.user_events', 'day(event_time)'],
      ['public.user_events__rejected', 'day(_timestamp)'],
      ['public.user_events__batches'],
      ['db.user_activity', 'day(window_end)'],
      ['db.user_activity__late'],
      ['db.user_sessions', 'day(window_start)'],
      ['db.user_sessions__late'],
    ]);
    expect(outlines[3]?.columns).toEqual([
      { name: 'user_id', type: 'bigint', required: false },
      { name: 'event_type', type: 'string', required: false },
      { name: 'window_end', type: 'timestamptz', required: false },
      { name: 'event_count', type: 'bigint', required: false },
      { name: 'last_seen', type: 'timestamptz', required: false },
    ]);
  });

  it('is said in words: new, as it is, changed, refused', () => {
    const paper = { colours: createColors(false) };
    const topics = new Map([['user_events', { topic: 'user_events' }]]);
    const text = (tables: PipelinePlan, createTopics?: number) =>
      planText({ plans: [tables], topics, running: new Set(), createTopics }, paper).split('\n');
    expect(text(plan, 4).slice(0, 4)).toEqual([
      'user-activity',
      '  + topic user_events, 4 partitions',
      '  + table public.user_events partitioned by day(event_time)',
      '      _partition  int not null',
    ]);
    expect(text(withState('same')).slice(1, 3)).toEqual([
      '  ! topic user_events does not exist',
      '  = table public.user_events, as it is',
    ]);
    expect(text(added()).slice(2, 4)).toEqual(['  ~ table public.user_events', '      + x bigint']);
    expect(text(refused()).slice(2, 4)).toEqual([
      '  ! table public.user_events cannot become what the file says',
      '      ! x: no',
    ]);
  });

  it('keeps a pipeline from starting when a table differs, naming all that do', () => {
    expect(() => requireNoDifference([added()])).toThrow(/^(table \S+ exists and differs: \+ x bigint\n?){7}$/);
    expect(() => requireNoDifference([refused()])).toThrow(/^(table \S+ exists and differs: x: no\n?){7}$/);
    expect(() => requireNoDifference([plan, withState('same')])).not.toThrow();
  });

  it('lets a pipeline start only when all its tables and its topic stand', () => {
    expect(() => requireAllThere([withState('same')])).not.toThrow();
    expect(() => requireAllThere([plan])).toThrow(
      expect.objectContaining({ code: 'TABLE_NOT_FOUND', cure: 'Create them first: sluice apply user-activity' }),
    );
    const topics = new Map([
      ['a', { topic: 'a' }],
      ['b', { topic: 'b', partitions: 1 }],
    ]);
    expect(() => requireTopics(topics, 'cure')).toThrow(
      expect.objectContaining({ code: 'TOPIC_NOT_FOUND', cure: 'cure' }),
    );
    topics.delete('a');
    expect(() => requireTopics(topics, 'cure')).not.toThrow();
  });
});
