import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const places = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines'];

/** What the `release` file of a JDK says of it: Trino 476 wants Java 24 or newer with the vector module, which cut-down runtimes lack. */
export function servesTrino(release: string): boolean {
  const major = Number(/^JAVA_VERSION="(\d+)/m.exec(release)?.[1] ?? 0);
  return major >= 24 && /^MODULES=".*\bjdk\.incubator\.vector\b/m.test(release);
}

/** The `java` of a JDK that serves Trino: SLUICE_TRINO_JAVA_HOME, JAVA_HOME, then what the system has installed. */
export function findJdk(env: NodeJS.ProcessEnv = process.env): string {
  const named = [env['SLUICE_TRINO_JAVA_HOME'], env['JAVA_HOME']].filter((home) => home !== undefined && home !== '');
  const installed = places.flatMap((place) =>
    existsSync(place)
      ? readdirSync(place).flatMap((name) => [path.join(place, name), path.join(place, name, 'Contents', 'Home')])
      : [],
  );
  const home = [...(named as string[]), ...installed].find((folder) => {
    const release = path.join(folder, 'release');
    return existsSync(release) && servesTrino(readFileSync(release, 'utf8'));
  });
  if (home === undefined) {
    throw new Error(
      'no JDK for Trino: it needs a full JDK of version 24 or newer (with jdk.incubator.vector). Install one and name its folder by SLUICE_TRINO_JAVA_HOME.',
    );
  }
  return path.join(home, 'bin', 'java');
}
