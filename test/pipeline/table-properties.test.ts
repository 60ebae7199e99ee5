import { settableProperties, whyNotProperty, whyReserved } from '../../pipeline/table-properties';
import { checkPipeline } from '../../pipeline/parse';

test.each([
  ['write.target-file-size-bytes', '134217728'],
  ['commit.manifest-merge.enabled', 'false'],
  ['history.expire.min-snapshots-to-keep', '1'],
  ['comment', 'raw clicks, since 2026'],
  ['x.owner', 'team-a'],
])('%s=%s is set', (key, value) => expect(whyNotProperty(key, value)).toBeUndefined());

test.each([
  ['write.target-file-size-bytes', 'big', 'a whole number from 1048576 to 68719476736'],
  ['write.target-file-size-bytes', '1', 'a whole number from 1048576'],
  ['commit.manifest-merge.enabled', 'yes', 'true or false'],
  ['gc.enabled', 'true', 'other engines would delete files'],
  ['sluice.p.progress', '{}', 'Sluice keeps its own records there'],
  ['format-version', '3', 'Sluice writes format version 2'],
  ['write.parquet.compression-codec', 'gzip', 'one of write.target-file-size-bytes'],
  ['write.target-file-size-byte', '134217728', 'did you mean write.target-file-size-bytes?'],
  ['X.owner', 'a', 'a name of your own that begins with x.'],
  ['x.', 'a', 'a name of your own that begins with x.'],
  ['x.long', 'a'.repeat(5000), 'at most 4096 characters'],
  ['constructor', 'a', 'a name of your own'],
])('%s=%s is refused: %s', (key, value, why) => expect(whyNotProperty(key, value)).toContain(why));

test('what can be set is reserved for nobody', () => {
  expect(settableProperties.filter((key) => whyReserved(key) !== undefined)).toEqual([]);
});

const file = (more: string): string => `
pipeline: p
source:
  topic: t
  columns:
    id: bigint not null
    at: timestamptz not null
    m: map<string,string>
  event_time: at
table: db.t
windows:
  - table: db.w
    tumble: 1m
    query: select id, window_end from events
    sort: [id]
    properties: {x.owner: a}
${more}
`;

test('sort and properties of the file', () => {
  const check = checkPipeline(
    file(
      'sort: [id, at desc]\nproperties: {write.target-file-size-bytes: 1048576, commit.manifest-merge.enabled: false}',
    ),
  );
  expect(check).toMatchObject({
    pipeline: {
      sort: [
        { column: 'id', direction: 'asc' },
        { column: 'at', direction: 'desc' },
      ],
      properties: { 'write.target-file-size-bytes': '1048576', 'commit.manifest-merge.enabled': 'false' },
      windows: [{ sort: [{ column: 'id', direction: 'asc' }], properties: { 'x.owner': 'a' } }],
    },
  });
});

test.each([
  ['sort: [nope]', 'sort[0]: expected one of the columns'],
  ['sort: [m]', 'sort[0]: expected a column of a plain type, found m, a map'],
  ['sort: [id, id desc]', 'sort[1]: expected each column once, found id again'],
  ['sort: [id up]', 'sort[0]: expected COLUMN or COLUMN desc, found "id up"'],
  ['properties: {gc.enabled: true}', 'properties["gc.enabled"]: expected another property than gc.enabled'],
  ['properties: {write.parquet.page-size-bytes: 1}', 'expected one of write.target-file-size-bytes'],
  ['properties: {x.a: [1]}', 'properties["x.a"]: expected a text, number or boolean'],
])('%s is refused', (more, message) => {
  const check = checkPipeline(file(more));
  const problems = 'problems' in check ? check.problems : [];
  expect(problems.map((problem) => `${problem.field}: ${problem.message}`).join('\n')).toContain(message);
});
