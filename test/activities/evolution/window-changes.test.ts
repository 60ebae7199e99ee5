import { windowChange } from '../../../activities/evolution/window-changes';
import { windowKey } from '../../../activities/windows/window-key';
import type { Progress } from '../../../lake/progress';
import type { Pipeline } from '../../../pipeline/model';
import { counts, pipelineOf, window } from '../windows/play';

const tumbling = (length: string, query = counts): Pipeline => pipelineOf('p', window(`tumble: ${length}`, query));
const [ten] = tumbling('10s').windows;
const progress: Progress = {
  version: 1,
  batch: 3n,
  topic: 'p',
  topicId: 'i',
  clusterId: 'c',
  partitions: {},
  windows: { 'db.p_w': { watermarkMs: 5000, key: windowKey(ten!), left: { topicId: 'i', offsets: {} } } },
};
const change = (now: Pipeline, before: Pipeline) => windowChange({ window: now.windows[0]!, before, progress });

describe('a window that the pipeline had before and has again', () => {
  const without = pipelineOf('p');

  it('may come back as it was', () => {
    expect(change(tumbling('10s'), without)).toEqual({ changes: [], problems: [], properties: {} });
  });

  it('bug: cannot come back with other lengths: windows of both would stand in one table', () => {
    const { problems } = change(tumbling('1m'), without);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('kind, lengths and streams of a window that was computed cannot change'),
    ]);
  });

  it('bug: comes back with another query for the windows that close from now on', () => {
    const { changes, problems } = change(tumbling('10s', `${counts} having count(*) > 1`), without);
    expect([changes, problems]).toEqual([[{ kind: 'query', sinceMs: 5001 }], []]);
  });
});

it('a window that stayed is compared with the definition of the last batch', () => {
  expect(change(tumbling('10s'), tumbling('10s')).problems).toEqual([]);
  expect(change(tumbling('1m'), tumbling('10s')).problems[0]?.message).toContain('kind and lengths of a window');
});
