import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ensureBucket } from '../bucket';
import { waitReadable } from '../readable-store';
import { httpProbe } from '../http-probe';
import { weedBinary } from '../part-paths';
import type { ServerSpec, StackContext } from '../server-spec';
import { parts } from '../versions';

/** SeaweedFS: S3 with its master, volume and filer in one process, on loopback (the filer serves every object without a password). */
export function s3Spec(context: StackContext): ServerSpec {
  const { config, layout, ports } = context;
  const directory = path.join(layout.data, 's3');
  const external = config.s3.endpoint !== `http://127.0.0.1:${ports.s3}`;
  return {
    name: 's3',
    title: `SeaweedFS ${parts.s3.version}`,
    address: config.s3.endpoint,
    ports: {
      s3: ports.s3,
      's3 grpc': ports.s3Grpc,
      master: ports.s3Master,
      'master grpc': ports.s3MasterGrpc,
      volume: ports.s3Volume,
      'volume grpc': ports.s3VolumeGrpc,
      filer: ports.s3Filer,
      'filer grpc': ports.s3FilerGrpc,
      admin: ports.s3Admin,
      'admin grpc': ports.s3AdminGrpc,
    },
    parts: ['s3'],
    after: [],
    external,
    dataDirectory: directory,
    startTimeoutMs: 60_000,
    stopTimeoutMs: 20_000,
    prepare: async () => void mkdirSync(directory, { recursive: true }),
    command: () => ({
      executable: weedBinary(layout.install),
      args: [
        ...['mini', `-dir=${directory}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1'],
        ...[`-s3.port=${ports.s3}`, `-s3.port.grpc=${ports.s3Grpc}`, '-s3.port.iceberg=0', '-s3.port.lance=0'],
        ...[`-master.port=${ports.s3Master}`, `-master.port.grpc=${ports.s3MasterGrpc}`],
        ...[`-volume.port=${ports.s3Volume}`, `-volume.port.grpc=${ports.s3VolumeGrpc}`],
        ...[`-filer.port=${ports.s3Filer}`, `-filer.port.grpc=${ports.s3FilerGrpc}`],
        ...[`-admin.port=${ports.s3Admin}`, `-admin.port.grpc=${ports.s3AdminGrpc}`, '-admin.ui=false'],
        ...['-master.telemetry=false', '-webdav=false', `-bucket=${config.s3.bucket}`],
      ],
      cwd: directory,
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: config.s3.accessKeyId,
        AWS_SECRET_ACCESS_KEY: config.s3.secretAccessKey,
      },
    }),
    // Without credentials a healthy store refuses the list of buckets; before it is ready it does not listen or answers 5xx.
    probe: async () => {
      const probe = await httpProbe({ url: `${config.s3.endpoint}/`, status: 403, read: readServerHeader });
      return probe.ready && !external ? { ...probe, version: parts.s3.version } : probe;
    },
    settle: async () => {
      await ensureBucket(config.s3);
      if (!external) await waitReadable(config.s3, { timeoutMs: 30_000 });
    },
  };
}

function readServerHeader(_body: string, headers: Headers): { readonly detail?: string } {
  const server = headers.get('server');
  return server === null ? {} : { detail: server };
}
