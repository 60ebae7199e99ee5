import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SluiceConfig } from '../../../base/config';

/** Properties of an Iceberg catalog of Trino on our Nessie and S3; `ref` is a branch or tag, main by default. */
export function nessieCatalog(
  config: SluiceConfig,
  ref: string = config.nessie.mainBranch,
): Readonly<Record<string, string>> {
  return {
    'iceberg.catalog.type': 'nessie',
    'iceberg.nessie-catalog.uri': `${config.nessie.uri}/api/v2`,
    'iceberg.nessie-catalog.ref': ref,
    'iceberg.nessie-catalog.default-warehouse-dir': `s3://${config.s3.bucket}`,
    'fs.native-s3.enabled': 'true',
    's3.endpoint': config.s3.endpoint,
    's3.region': config.s3.region,
    's3.path-style-access': 'true',
    's3.aws-access-key': config.s3.accessKeyId,
    's3.aws-secret-key': config.s3.secretAccessKey,
  };
}

const text = (properties: Readonly<Record<string, string>>): string =>
  Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Writes Trino's settings under `directory`: one node, small, catalogs by SQL, and the catalog `lake` on main. */
export function writeTrinoFiles(directory: string, port: number, config: SluiceConfig): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(path.join(directory, 'etc', 'catalog'), { recursive: true });
  mkdirSync(path.join(directory, 'data'));
  const write = (name: string, properties: Readonly<Record<string, string>>): void =>
    writeFileSync(path.join(directory, 'etc', name), text(properties), { mode: 0o600 });
  write('config.properties', {
    coordinator: 'true',
    'node-scheduler.include-coordinator': 'true',
    'http-server.http.port': String(port),
    'discovery.uri': `http://127.0.0.1:${port}`,
    'query.max-memory': '384MB',
    'query.max-memory-per-node': '384MB',
    'memory.heap-headroom-per-node': '256MB',
    'catalog.management': 'dynamic',
  });
  write('log.properties', { 'io.trino': 'WARN', 'io.trino.server.Server': 'INFO' });
  write('catalog/lake.properties', { 'connector.name': 'iceberg', ...nessieCatalog(config) });
}
