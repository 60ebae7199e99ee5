import path from 'node:path';
import { z } from 'zod';
import { SluiceError } from './errors';

/** Where everything is. Read once, at the edge of a process, and handed down. */
export interface SluiceConfig {
  /** Data, logs, caches and installed servers live here; absolute. */
  readonly home: string;
  /** Added to every default port: a second stack beside the first. */
  readonly portOffset: number;
  readonly kafka: { readonly brokers: readonly string[]; readonly clientId: string };
  readonly s3: {
    readonly endpoint: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly bucket: string;
  };
  readonly nessie: { readonly uri: string; readonly mainBranch: string };
  readonly temporal: {
    readonly address: string;
    readonly namespace: string;
    readonly taskQueue: string;
    readonly uiUrl: string;
  };
  readonly router: { readonly host: string; readonly port: number; readonly url: string };
  readonly worker: { readonly healthPort: number };
  readonly engine: { readonly memoryLimit: string; readonly threads: number };
}

/** Default ports; `portOffset` is added to each. */
export const defaultPorts = {
  kafka: 29092,
  kafkaController: 29093,
  s3: 9000,
  nessie: 19120,
  nessieManagement: 19121,
  temporal: 7233,
  temporalUi: 8233,
  router: 8000,
  workerMetrics: 9464,
  trino: 8080,
  // SeaweedFS's inner servers
  s3Master: 9333,
  s3Volume: 9340,
  s3Filer: 8889,
} as const;

const settings = z.object({
  SLUICE_HOME: z.string().min(1).default('.sluice'),
  SLUICE_PORT_OFFSET: z.coerce.number().int().min(0).max(20000).default(0),
  SLUICE_KAFKA_BROKERS: z.string().min(1).optional(),
  SLUICE_S3_ENDPOINT: z.url().optional(),
  SLUICE_S3_REGION: z.string().default('us-east-1'),
  SLUICE_S3_ACCESS_KEY: z.string().default('admin'),
  SLUICE_S3_SECRET_KEY: z.string().default('password'),
  SLUICE_S3_BUCKET: z.string().default('lake-data'),
  SLUICE_NESSIE_URI: z.url().optional(),
  SLUICE_NESSIE_BRANCH: z.string().default('main'),
  SLUICE_TEMPORAL_ADDRESS: z.string().optional(),
  SLUICE_TEMPORAL_NAMESPACE: z.string().default('default'),
  SLUICE_TASK_QUEUE: z.string().default('sluice'),
  SLUICE_ROUTER_HOST: z.string().default('127.0.0.1'),
  SLUICE_ROUTER_PORT: z.coerce.number().int().optional(),
  SLUICE_WORKER_PORT: z.coerce.number().int().optional(),
  SLUICE_MEMORY_LIMIT: z.string().default('400MB'),
  SLUICE_THREADS: z.coerce.number().int().min(1).default(2),
});

/** Reads the environment. Throws BAD_INPUT that names the variable. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): SluiceConfig {
  const parsed = settings.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    throw new SluiceError('BAD_INPUT', `environment variable ${name}: ${issue?.message}, found "${env[name]}"`, {
      cure: `Set ${name} right or unset it.`,
    });
  }
  const s = parsed.data;
  const port = (name: keyof typeof defaultPorts) => defaultPorts[name] + s.SLUICE_PORT_OFFSET;
  const routerPort = s.SLUICE_ROUTER_PORT ?? port('router');
  return Object.freeze({
    home: path.resolve(s.SLUICE_HOME),
    portOffset: s.SLUICE_PORT_OFFSET,
    kafka: {
      brokers: (s.SLUICE_KAFKA_BROKERS ?? `localhost:${port('kafka')}`).split(',').map((b) => b.trim()),
      clientId: 'sluice',
    },
    s3: {
      endpoint: s.SLUICE_S3_ENDPOINT ?? `http://127.0.0.1:${port('s3')}`,
      region: s.SLUICE_S3_REGION,
      accessKeyId: s.SLUICE_S3_ACCESS_KEY,
      secretAccessKey: s.SLUICE_S3_SECRET_KEY,
      bucket: s.SLUICE_S3_BUCKET,
    },
    nessie: { uri: s.SLUICE_NESSIE_URI ?? `http://127.0.0.1:${port('nessie')}`, mainBranch: s.SLUICE_NESSIE_BRANCH },
    temporal: {
      address: s.SLUICE_TEMPORAL_ADDRESS ?? `127.0.0.1:${port('temporal')}`,
      namespace: s.SLUICE_TEMPORAL_NAMESPACE,
      taskQueue: s.SLUICE_TASK_QUEUE,
      uiUrl: `http://127.0.0.1:${port('temporalUi')}`,
    },
    router: { host: s.SLUICE_ROUTER_HOST, port: routerPort, url: `http://127.0.0.1:${routerPort}` },
    worker: { healthPort: s.SLUICE_WORKER_PORT ?? port('workerMetrics') },
    engine: { memoryLimit: s.SLUICE_MEMORY_LIMIT, threads: s.SLUICE_THREADS },
  });
}
