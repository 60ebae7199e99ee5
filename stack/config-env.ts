import type { SluiceConfig } from '../base/config';

/** The environment from which `loadConfig` gives `config` again: how settings reach our own processes. */
export function configEnv(config: SluiceConfig): Readonly<Record<string, string>> {
  return {
    SLUICE_HOME: config.home,
    SLUICE_PORT_OFFSET: String(config.portOffset),
    SLUICE_KAFKA_BROKERS: config.kafka.brokers.join(','),
    SLUICE_S3_ENDPOINT: config.s3.endpoint,
    SLUICE_S3_REGION: config.s3.region,
    SLUICE_S3_ACCESS_KEY: config.s3.accessKeyId,
    SLUICE_S3_SECRET_KEY: config.s3.secretAccessKey,
    SLUICE_S3_BUCKET: config.s3.bucket,
    SLUICE_NESSIE_URI: config.nessie.uri,
    SLUICE_NESSIE_BRANCH: config.nessie.mainBranch,
    SLUICE_TEMPORAL_ADDRESS: config.temporal.address,
    SLUICE_TEMPORAL_NAMESPACE: config.temporal.namespace,
    SLUICE_TASK_QUEUE: config.temporal.taskQueue,
    SLUICE_ROUTER_HOST: config.router.host,
    SLUICE_ROUTER_PORT: String(config.router.port),
    SLUICE_WORKER_PORT: String(config.worker.healthPort),
    SLUICE_MEMORY_LIMIT: config.engine.memoryLimit,
    SLUICE_THREADS: String(config.engine.threads),
  };
}
