import path from 'node:path';
import { sha256Hex } from '../base/hash';
import { canonicalJson } from '../base/json';
import pins from './versions.json';

/** What can be installed, each into a folder of its own. */
export const partNames = [
  'java',
  's3',
  'temporal',
  'kafka',
  'nessie',
  'temporal-test-server',
  'pyiceberg',
  'duckdb-iceberg',
] as const;
export type PartName = (typeof partNames)[number];

/** A pip package: the hashes of its wheels for the platforms and Python versions that are supported. */
export interface WheelPin {
  readonly name: string;
  readonly version: string;
  readonly sha256: readonly string[];
}

/** A Maven artifact as it is asked for; `transitive: false` leaves its dependencies out. */
export interface JarPin {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly classifier?: string;
  readonly transitive: boolean;
}

interface PartBase {
  readonly title: string;
  readonly version: string;
  /** Roughly what goes over the network, for progress messages. */
  readonly downloadMb: number;
}
export type WheelPart = PartBase & { readonly kind: 'wheels'; readonly wheels: readonly WheelPin[] };
export type JarPart = PartBase & {
  readonly kind: 'jars';
  readonly jars: readonly JarPin[];
  /** Every file that the artifacts and their dependencies come to, by name, with its sha256. */
  readonly files: Readonly<Record<string, string>>;
};
export type Part = WheelPart | JarPart;

/** Pins of every part; regenerate the checksums with stack/relock.ts after changing a version. */
export const parts = pins.parts as unknown as Readonly<Record<PartName, Part>>;

/** Maven plugin that copies jars, pinned so that every Maven does the same. */
export const mavenCopyGoal: string = pins.mavenCopyGoal;

/** Container images of docker-compose.yml, by service. */
export const images: Readonly<Record<string, string>> = pins.images;

/** Folder of an installed part. It carries the pins' hash: its being there means installed, and two versions live side by side. */
export function partDirectory(installDirectory: string, name: PartName): string {
  return path.join(installDirectory, `${name}-${partHash(parts[name])}`);
}

/** Of the pins alone: a better title must not install everything anew. */
export function partHash(part: Part): string {
  return sha256Hex(canonicalJson(part.kind === 'wheels' ? part.wheels : part.files)).slice(0, 12);
}

/** `pip install -r` text of a part: every package with its hashes, nothing left to a resolver. */
export function requirementsText(part: WheelPart): string {
  return part.wheels
    .map(
      (wheel) => `${wheel.name}==${wheel.version} ${wheel.sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`,
    )
    .join('');
}

/** A minimal Maven project whose dependencies are the part's artifacts. */
export function pomText(part: JarPart): string {
  const exclusions = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  const dependencies = part.jars.map((jar) =>
    [
      '<dependency>',
      `<groupId>${jar.groupId}</groupId><artifactId>${jar.artifactId}</artifactId><version>${jar.version}</version>`,
      jar.classifier === undefined ? '' : `<classifier>${jar.classifier}</classifier>`,
      jar.transitive ? '' : exclusions,
      '</dependency>',
    ].join(''),
  );
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>servers</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
