import type { SluiceConfig } from '../../base/config';
import { openHttpProxy } from './http-proxy';
import type { HttpProxyInput } from './http-proxy';
import { openLine } from './line';
import type { Line, LineState } from './line';

export const servers = ['kafka', 'nessie', 's3', 'temporal'] as const;
export type Server = (typeof servers)[number];

/** Everything between one worker and the servers. */
export interface Wires {
  /** The settings that lead the worker over these wires. */
  readonly config: SluiceConfig;
  set(server: Server | 'all', state: LineState): void;
  close(): Promise<void>;
}

/** worker - line - HTTP proxy - server for Nessie and S3, worker - line - server for Kafka and Temporal. */
export async function openWires(config: SluiceConfig, treat: HttpProxyInput['treat']): Promise<Wires> {
  const kafka = address(config.kafka.brokers[0]!);
  const proxies = {
    nessie: await openHttpProxy({ target: address(config.nessie.uri), treat }),
    s3: await openHttpProxy({ target: address(config.s3.endpoint), treat }),
  };
  const lines: Readonly<Record<Server, Line>> = {
    kafka: await openLine({
      target: { host: '127.0.0.1', port: kafka.port },
      replace: (port) => ({ find: advertised(kafka), put: advertised({ host: kafka.host, port }) }),
    }),
    nessie: await openLine({ target: { host: '127.0.0.1', port: proxies.nessie.port } }),
    s3: await openLine({ target: { host: '127.0.0.1', port: proxies.s3.port } }),
    temporal: await openLine({ target: address(config.temporal.address) }),
  };
  return {
    config: {
      ...config,
      kafka: { ...config.kafka, brokers: [`${kafka.host}:${lines.kafka.port}`] },
      nessie: { ...config.nessie, uri: `http://127.0.0.1:${lines.nessie.port}` },
      s3: { ...config.s3, endpoint: `http://127.0.0.1:${lines.s3.port}` },
      temporal: { ...config.temporal, address: `127.0.0.1:${lines.temporal.port}` },
    },
    set: (server, state) => {
      for (const name of server === 'all' ? servers : [server]) lines[name].set(state);
    },
    close: async () => {
      await Promise.all([...Object.values(lines), ...Object.values(proxies)].map((part) => part.close()));
    },
  };
}

function address(text: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(text.includes('://') ? text : `tcp://${text}`);
  return { host: hostname, port: Number(port) };
}

/** How Kafka's answers name a broker: the host's characters, then the port in 4 bytes, in every version of the protocol. */
function advertised({ host, port }: { readonly host: string; readonly port: number }): Buffer {
  const bytes = Buffer.alloc(host.length + 4);
  bytes.write(host);
  bytes.writeUInt32BE(port, host.length);
  return bytes;
}
