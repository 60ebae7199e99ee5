import { isSluiceError, SluiceError } from '../../base/errors';
import type { Broker, ConnectBroker } from './broker';
import type { BrokerAddress } from './responses';

/** Connections to the cluster, one per broker, opened when first needed and again after they broke. */
export interface Brokers {
  /** Any broker that answers. Throws KAFKA_UNAVAILABLE that names all that were tried. */
  any(): Promise<Broker>;
  /** The broker of a partition's leader. */
  at(address: BrokerAddress): Promise<Broker>;
  /** Brokers learnt from metadata: they serve `any` too, should the configured ones be gone. */
  learn(addresses: readonly BrokerAddress[]): void;
  close(): Promise<void>;
}

/** `bootstrap`: `host:port` each. Throws BAD_INPUT for anything else. */
export function openBrokers(bootstrap: readonly string[], connect: ConnectBroker): Brokers {
  const configured = bootstrap.map(parseAddress);
  let learnt: readonly HostPort[] = [];
  const open = new Map<string, Promise<Broker>>();
  const live = new Map<string, Broker>();
  let closed = false;

  async function to(host: string, port: number): Promise<Broker> {
    if (closed) throw new SluiceError('KAFKA_UNAVAILABLE', 'the connection to Kafka has been closed here');
    const key = `${host}:${port}`;
    const before = open.get(key);
    if (before) {
      const broker = await before;
      if (broker.isOpen()) return broker;
      if (open.get(key) !== before) return to(host, port);
    }
    const opening = connect(host, port);
    open.set(key, opening);
    try {
      const broker = await opening;
      live.set(key, broker);
      return broker;
    } catch (error) {
      if (open.get(key) === opening) open.delete(key);
      throw error;
    }
  }

  return {
    async any() {
      // One that is connected comes first: a dead host would cost its time-out on every question.
      for (const broker of live.values()) if (broker.isOpen()) return broker;
      const failures: string[] = [];
      for (const { host, port } of [...configured, ...learnt]) {
        try {
          return await to(host, port);
        } catch (error) {
          // A refusal says more than that another broker is away.
          if (!isSluiceError(error, 'KAFKA_UNAVAILABLE')) throw error;
          failures.push(error.message);
        }
      }
      throw new SluiceError('KAFKA_UNAVAILABLE', failures.join('; '), {
        cure: 'Start Kafka (sluice up) or set SLUICE_KAFKA_BROKERS to brokers that run.',
      });
    },
    at: ({ host, port }) => to(host, port),
    learn(addresses) {
      const own = new Set(configured.map(({ host, port }) => `${host}:${port}`));
      learnt = addresses.filter(({ host, port }) => !own.has(`${host}:${port}`));
    },
    async close() {
      closed = true;
      const opened = await Promise.allSettled(open.values());
      await Promise.all(opened.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)));
    },
  };
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

function parseAddress(text: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  if (!match) {
    throw new SluiceError('BAD_INPUT', `Kafka broker "${text}", expected host:port`, {
      cure: 'Set SLUICE_KAFKA_BROKERS, for example to localhost:29092.',
    });
  }
  return { host: match[1] ?? match[2]!, port: Number(match[3]) };
}
