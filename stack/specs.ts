import type { SluiceConfig } from '../base/config';
import { SluiceError } from '../base/errors';
import { stackLayout } from './layout';
import { stackPorts } from './ports';
import { serverNames } from './server-spec';
import type { ServerName, ServerSpec, StackContext } from './server-spec';
import { kafkaSpec } from './servers/kafka';
import { nessieSpec } from './servers/nessie';
import { routerSpec, workerSpec } from './servers/own-process';
import { s3Spec } from './servers/s3';
import { temporalSpec } from './servers/temporal';
import { stackSettings } from './settings';
import type { StackSettings } from './settings';

const makers: Readonly<Record<ServerName, (context: StackContext) => ServerSpec>> = {
  kafka: kafkaSpec,
  s3: s3Spec,
  nessie: nessieSpec,
  temporal: temporalSpec,
  router: routerSpec,
  worker: workerSpec,
};

/** Throws BAD_INPUT for a port offset or setting that cannot be. */
export function stackContext(config: SluiceConfig, settings: StackSettings = stackSettings()): StackContext {
  return {
    config,
    settings,
    ports: stackPorts(config.portOffset),
    layout: stackLayout(config, settings.installDirectory),
  };
}

/** Specs of `only`, or of all servers, in the order of `serverNames`. Throws BAD_INPUT for an unknown name. */
export function serverSpecs(context: StackContext, only?: readonly string[]): readonly ServerSpec[] {
  const unknown = only?.find((name) => !(serverNames as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new SluiceError('BAD_INPUT', `unknown server "${unknown}", expected one of ${serverNames.join(', ')}`);
  }
  return serverNames.filter((name) => only === undefined || only.includes(name)).map((name) => makers[name](context));
}
