import { checkPipeline, parsePipeline } from '../../pipeline/parse';

const file = (window: string) => `pipeline: p
source:
  topic: t
  columns:
    id: bigint not null
    at: timestamptz not null
    tags: map<string,string>
  event_time: at
table: public.events
windows:
  - table: db.w
    query: select 1
${window.replaceAll(/^/gm, '    ')}
`;

const shapeOf = (window: string) => parsePipeline(file(window), 'p.yaml').windows[0]!;

test.each([
  ['tumble: 1m', { kind: 'tumble', sizeMs: 60_000 }],
  ['hop: {size: 5m, slide: 1m}', { kind: 'hop', sizeMs: 300_000, slideMs: 60_000 }],
  ['session: 30m', { kind: 'session', gapMs: 1_800_000, by: [], maxMs: 86_400_000 }],
  ['session: {gap: 30m, by: [id]}', { kind: 'session', gapMs: 1_800_000, by: ['id'], maxMs: 86_400_000 }],
  ['session: {gap: 1s, by: [id], max: 1h}', { kind: 'session', gapMs: 1000, by: ['id'], maxMs: 3_600_000 }],
])('%s', (text, shape) => {
  expect(shapeOf(text)).toMatchObject({ shape, latenessMs: 0, late: 'amend', streams: [] });
});

test('lateness, late and streams', () => {
  expect(shapeOf('tumble: 1m\nlateness: 1h')).toMatchObject({ latenessMs: 3_600_000, late: 'amend' });
  expect(shapeOf('tumble: 1m\nlate: side')).toMatchObject({ latenessMs: 0, late: 'side' });
  expect(shapeOf('tumble: 1m\nstreams: {others: db.others}').streams).toEqual([
    { alias: 'others', table: { namespace: 'db', name: 'others' } },
  ]);
});

test.each([
  ['', '11: windows[0]: expected one of the keys tumble, hop, session'],
  ['tumble: 1m\nsession: 1m', '14: windows[0].session: expected one kind of window, found session beside tumble'],
  [
    'hop: {size: 1d, slide: 1s}',
    '13: windows[0].hop.slide: expected at most 10000 slides in a window, found 86400: every event would be part of so many',
  ],
  ['hop: {size: 5m, slide: 2m}', '13: windows[0].hop.size: expected a multiple of slide (120000 ms), found 300000 ms'],
  ['hop: {size: 5m}', '13: windows[0].hop.slide: expected a duration such as 250ms, 5s, 1m, 1h or 7d, found nothing'],
  ['session: {gap: 1h, max: 1m}', '13: windows[0].session.max: expected at least the gap (3600000 ms), found 60000 ms'],
  [
    'session: {gap: 1h, by: [ID]}',
    '13: windows[0].session.by[0]: expected one of the columns id, at, tags, found "ID"; did you mean id?',
  ],
  [
    'session: {gap: 1h, by: [tags]}',
    '13: windows[0].session.by[0]: expected a column of a plain type, found tags, a map',
  ],
  [
    'tumble: 1m\nlateness: 1h\nlate: side',
    '14: windows[0].lateness: expected no lateness beside "late: side" (late events are listed, never added), found 3600000 ms',
  ],
  [
    'tumble: 1m\nstreams: {events: db.x}',
    '14: windows[0].streams.events: expected an alias of lowercase letters, digits and _ other than events, found "events"',
  ],
  [
    'tumble: 1m\nstreams: {mine: public.events}',
    '14: windows[0].streams.mine: expected the raw table of another pipeline, found this one (its events are in events)',
  ],
  [
    'session: 1m\nstreams: {others: db.x}',
    '14: windows[0].streams.others: expected streams in tumbling and hopping windows only, found them in a session',
  ],
])('%s', (window, problem) => {
  const check = checkPipeline(file(window));
  const found = 'problems' in check ? check.problems : [];
  expect(found.map(({ line, field, message }) => `${line}: ${field}: ${message}`)).toEqual([problem]);
});
