import type { TableEntry } from '../../lake/nessie/nessie';
import { pickIgnoringCase } from '../../router/resolve-tables';

const entry = (namespace: string, name: string): TableEntry => ({
  name: { namespace, name },
  content: { metadataLocation: `s3://b/${namespace}/${name}`, snapshotId: -1n, schemaId: 0, specId: 0, sortOrderId: 0 },
});
const entries = [
  entry('db', 'Events'),
  entry('db', 'user_activity'),
  entry('public', 'users'),
  entry('db', 'twin'),
  entry('DB', 'TWIN'),
];
const pick = (namespace: string, name: string) => pickIgnoringCase({ namespace, name }, entries).name;

it('finds the only one that differs in case', () => {
  expect(pick('DB', 'EVENTS')).toEqual({ namespace: 'db', name: 'Events' });
});

it('refuses to guess between two', () => {
  expect(() => pick('Db', 'Twin')).toThrow('Db.Twin may be db.twin or DB.TWIN');
});

it.each([
  ['public', 'user_activity', 'Did you mean db.user_activity?'],
  ['db', 'user_activitiy', 'Did you mean db.user_activity?'],
  ['db', 'zebra', 'SHOW TABLES lists what there is; `ref` may name another state of the lake.'],
])('%s.%s: %s', (namespace, name, cure) => {
  expect(() => pick(namespace, name)).toThrow(expect.objectContaining({ code: 'TABLE_NOT_FOUND', cure }) as Error);
});
