import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { httpProbe } from '../http-probe';
import { javaBinary } from '../part-paths';
import type { ServerSpec, StackContext } from '../server-spec';
import { partDirectory, parts } from '../versions';

/** Nessie with its store in RocksDB, on loopback. It asks S3 only when its own Iceberg REST endpoint is used, so it need not wait for it. */
export function nessieSpec(context: StackContext): ServerSpec {
  const { config, layout, ports, settings } = context;
  const directory = path.join(layout.data, 'nessie');
  const external = config.nessie.uri !== `http://127.0.0.1:${ports.nessie}`;
  return {
    name: 'nessie',
    title: `Nessie ${parts.nessie.version}`,
    address: config.nessie.uri,
    ports: { http: ports.nessie, management: ports.nessieManagement },
    parts: ['java', 'nessie'],
    after: [],
    external,
    dataDirectory: directory,
    startTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
    prepare: async () => void mkdirSync(path.join(directory, 'rocks'), { recursive: true }),
    command: () => ({
      executable: javaBinary(layout.install),
      args: [
        ...[
          '-Xms64m',
          `-Xmx${settings.nessieHeap}`,
          '-XX:+UseSerialGC',
          '-XX:MaxMetaspaceSize=256m',
          '-XX:ReservedCodeCacheSize=96m',
        ],
        ...[
          '-XX:+ExitOnOutOfMemoryError',
          '--enable-native-access=ALL-UNNAMED',
          '--sun-misc-unsafe-memory-access=allow',
        ],
        ...nessieProperties(context, directory).map((property) => `-D${property}`),
        ...[
          '-jar',
          path.join(partDirectory(layout.install, 'nessie'), `nessie-quarkus-${parts.nessie.version}-runner.jar`),
        ],
      ],
      cwd: directory,
      env: process.env,
    }),
    probe: async () => {
      const probe = await httpProbe({ url: `${config.nessie.uri}/api/v2/config`, read: readConfig });
      return probe.ready && !external ? { ...probe, version: parts.nessie.version } : probe;
    },
  };
}

function nessieProperties({ config, ports }: StackContext, directory: string): readonly string[] {
  const s3 = 'nessie.catalog.service.s3.default-options';
  return [
    'nessie.version.store.type=ROCKSDB',
    `nessie.version.store.persist.rocks.database-path=${path.join(directory, 'rocks')}`,
    `nessie.server.default-branch=${config.nessie.mainBranch}`,
    `quarkus.http.port=${ports.nessie}`,
    'quarkus.http.host=127.0.0.1',
    `quarkus.management.port=${ports.nessieManagement}`, // its default is 9000, the S3 port here
    'quarkus.management.host=127.0.0.1',
    'nessie.catalog.default-warehouse=warehouse',
    `nessie.catalog.warehouses.warehouse.location=s3://${config.s3.bucket}/`,
    `${s3}.endpoint=${config.s3.endpoint}`,
    `${s3}.region=${config.s3.region}`,
    `${s3}.path-style-access=true`,
    `${s3}.access-key=urn:nessie-secret:quarkus:nessie-lake.s3key`,
    `nessie-lake.s3key.name=${config.s3.accessKeyId}`,
    `nessie-lake.s3key.secret=${config.s3.secretAccessKey}`,
    'quarkus.http.access-log.enabled=false',
    'quarkus.log.level=WARN',
  ];
}

function readConfig(body: string): { readonly detail?: string } {
  const config = JSON.parse(body) as { specVersion?: string; defaultBranch?: string };
  return { detail: `API specification ${config.specVersion}, default branch ${config.defaultBranch}` };
}
