import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../../base/errors';
import { kafkaProbe } from '../kafka-probe';
import { javaBinary } from '../part-paths';
import type { ServerSpec, StackContext } from '../server-spec';
import { runTool } from '../tools';
import { partDirectory, parts } from '../versions';

/** One Kafka broker that is its own controller (KRaft), on loopback. */
export function kafkaSpec(context: StackContext): ServerSpec {
  const { config, layout, ports, settings } = context;
  const directory = path.join(layout.data, 'kafka');
  const properties = path.join(directory, 'server.properties');
  const logging = path.join(directory, 'log4j2.xml');
  const java = javaBinary(layout.install);
  const env = { ...process.env, CLASSPATH: `${partDirectory(layout.install, 'kafka')}/*` };
  const address = config.kafka.brokers.join(',');
  return {
    name: 'kafka',
    title: `Kafka ${parts.kafka.version}`,
    address,
    ports: { clients: ports.kafka, controller: ports.kafkaController },
    parts: ['java', 'kafka'],
    after: [],
    external: address !== `localhost:${ports.kafka}`,
    dataDirectory: directory,
    startTimeoutMs: 90_000,
    stopTimeoutMs: 20_000,
    prepare: async (signal) => {
      mkdirSync(directory, { recursive: true });
      writeFileSync(
        properties,
        kafkaProperties({ directory, port: ports.kafka, controllerPort: ports.kafkaController }),
      );
      writeFileSync(logging, log4jConfiguration);
      // Formatting writes meta.properties last; a broken-off one is done again.
      if (existsSync(path.join(directory, 'log', 'meta.properties'))) return;
      await format({ java, env, directory, properties, logging, signal });
    },
    command: () => ({
      executable: java,
      args: [
        ...[
          '-Xms64m',
          `-Xmx${settings.kafkaHeap}`,
          '-XX:+UseSerialGC',
          '-XX:MaxMetaspaceSize=160m',
          '-XX:ReservedCodeCacheSize=64m',
        ],
        ...['-XX:+ExitOnOutOfMemoryError', '-Djava.net.preferIPv4Stack=true', `-Dlog4j2.configurationFile=${logging}`],
        ...['kafka.Kafka', properties],
      ],
      cwd: directory,
      env,
    }),
    probe: async () => {
      const probe = await kafkaProbe(config.kafka.brokers[0] ?? '');
      return probe.ready && address === `localhost:${ports.kafka}` ? { ...probe, version: parts.kafka.version } : probe;
    },
  };
}

/** server.properties of a single node. */
export function kafkaProperties(input: {
  readonly directory: string;
  readonly port: number;
  readonly controllerPort: number;
}): string {
  const { directory, port, controllerPort } = input;
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://localhost:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=${path.join(directory, 'log')}
num.partitions=4
auto.create.topics.enable=false
# One node: every internal topic has one replica.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.bytes=268435456
log.retention.hours=168
# The default, 128 MB, is taken from the heap.
log.cleaner.dedupe.buffer.size=4194304
num.network.threads=2
num.io.threads=4
# After kill -9 the new process waits until the old registration ends: 9 s by default.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
`;
}

/** kafka_2.13 brings no logging set-up; without one log4j says nothing but that. */
const log4jConfiguration = `<Configuration status="WARN">
  <Appenders><Console name="C"><PatternLayout pattern="%d %p %c{1} %m%n"/></Console></Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="C"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
    <Logger name="kafka.server.BrokerServer" level="INFO"/>
  </Loggers>
</Configuration>
`;

async function format(input: {
  readonly java: string;
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly properties: string;
  readonly logging: string;
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const result = await runTool({
    command: input.java,
    args: [
      ...['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${input.logging}`],
      ...[
        'kafka.tools.StorageTool',
        'format',
        '--ignore-formatted',
        '--cluster-id',
        clusterId(input.directory),
        '--config',
        input.properties,
      ],
    ],
    env: input.env,
    signal: input.signal,
    timeoutMs: 60_000,
  });
  if (result.status === 0) return;
  throw new SluiceError(
    'SERVER_FAILED',
    `Kafka's storage in ${input.directory} could not be formatted: ${result.output.slice(-500)}`,
    {
      cure: 'If the folder holds data of another version, stop the stack and wipe it: sluice down --wipe.',
    },
  );
}

/** A Kafka Uuid: 16 bytes in base64url; one that starts with `-` would look like an option. Kept, so that formatting can be repeated. */
function clusterId(directory: string): string {
  const file = path.join(directory, 'cluster.id');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  let id: string;
  do id = randomBytes(16).toString('base64url');
  while (id.startsWith('-'));
  writeFileSync(file, `${id}\n`);
  return id;
}
