import { loadConfig } from '../../base/config';
import { isSluiceError } from '../../base/errors';
import { configEnv } from '../../stack/config-env';
import { serverNames } from '../../stack/server-spec';
import { kafkaProperties } from '../../stack/servers/kafka';
import { stackSettings } from '../../stack/settings';
import { serverSpecs, stackContext } from '../../stack/specs';

function specsAt(env: Record<string, string>) {
  const all = { SLUICE_HOME: '/srv/sluice', ...env };
  return serverSpecs(stackContext(loadConfig(all), stackSettings(all)));
}

test('no port of a shifted stack is one of the default stack', () => {
  const portsOf = (offset: string) =>
    specsAt({ SLUICE_PORT_OFFSET: offset }).flatMap((spec) => Object.values(spec.ports));
  const first = new Set(portsOf('0'));
  expect(first.size).toBe(portsOf('0').length);
  expect(portsOf('2000').filter((port) => first.has(port))).toEqual([]);
});

test('every listening port of a shifted stack stands in the command or the settings, and no default port does', () => {
  for (const spec of specsAt({ SLUICE_PORT_OFFSET: '3500' })) {
    const { executable, args, env } = spec.command();
    const own = Object.entries(env).filter(([name]) => name.startsWith('SLUICE_'));
    const kafka = kafkaProperties({
      directory: '/d',
      port: spec.ports['clients'] ?? 0,
      controllerPort: spec.ports['controller'] ?? 0,
    });
    const text = [executable, ...args, ...own.flat(), spec.name === 'kafka' ? kafka : ''].join(' ');
    for (const port of Object.values(spec.ports)) {
      expect(text).toContain(String(port));
      expect(text).not.toMatch(new RegExp(`[:=]${port - 3500}\\b`));
    }
  }
});

test('servers listen on loopback only', () => {
  const byName = new Map(specsAt({}).map((spec) => [spec.name, spec.command().args.join(' ')]));
  expect(byName.get('s3')).toContain('-ip.bind=127.0.0.1');
  expect(byName.get('temporal')).toContain('--ip 127.0.0.1');
  expect(byName.get('nessie')).toContain('-Dquarkus.http.host=127.0.0.1');
  expect(byName.get('nessie')).toContain('-Dquarkus.management.host=127.0.0.1');
  const listeners = /^listeners=(.*)$/m.exec(kafkaProperties({ directory: '/d', port: 1, controllerPort: 2 }))?.[1];
  expect(listeners).toBe('PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2');
});

test('heap limits can be set, and a wrong one is named', () => {
  const [kafka] = specsAt({ SLUICE_KAFKA_HEAP: '1g' });
  expect(kafka?.command().args).toContain('-Xmx1g');
  let thrown: unknown;
  try {
    stackSettings({ SLUICE_NESSIE_HEAP: 'lots' });
  } catch (error) {
    thrown = error;
  }
  expect(isSluiceError(thrown, 'BAD_INPUT')).toBe(true);
  expect((thrown as Error).message).toContain('SLUICE_NESSIE_HEAP');
});

test('a server that settings name elsewhere is external, the others are not', () => {
  const external = specsAt({ SLUICE_KAFKA_BROKERS: 'broker-1:9092', SLUICE_NESSIE_URI: 'http://catalog:19120' })
    .filter((spec) => spec.external)
    .map((spec) => spec.name);
  expect(external).toEqual(['kafka', 'nessie']);
});

test('servers can be chosen by name; an unknown name is refused with the list', () => {
  const context = stackContext(loadConfig({}), stackSettings({}));
  expect(serverSpecs(context, ['worker', 's3']).map((spec) => spec.name)).toEqual(['s3', 'worker']);
  expect(() => serverSpecs(context, ['minio'])).toThrow(
    `unknown server "minio", expected one of ${serverNames.join(', ')}`,
  );
});

test('a server waits only for servers that are started before it', () => {
  for (const spec of specsAt({})) {
    for (const name of spec.after) expect(serverNames.indexOf(name)).toBeLessThan(serverNames.indexOf(spec.name));
  }
});

test('own processes get exactly the settings that we have', () => {
  const config = loadConfig({
    SLUICE_HOME: '/srv/x',
    SLUICE_PORT_OFFSET: '77',
    SLUICE_S3_SECRET_KEY: 'p=w "q"',
    SLUICE_NESSIE_BRANCH: 'dev',
    SLUICE_WORKER_PORT: '9999',
    SLUICE_ROUTER_HOST: '0.0.0.0',
    SLUICE_THREADS: '4',
  });
  expect(loadConfig(configEnv(config))).toEqual(config);
});
