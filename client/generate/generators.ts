import { SluiceError } from '../../base/errors';
import { payments } from './payments';
import { sensorReadings } from './sensor-readings';
import { userEvents } from './user-events';
import type { EventGenerator } from './generator';
import type { GenerateOptions } from './options';

/** Generators of the shipped pipelines' messages, by the pipeline's name. */
export const generators = {
  'user-activity': userEvents,
  sensors: sensorReadings,
  transactions: payments,
} as const satisfies Record<string, (options: GenerateOptions) => EventGenerator>;

/** The generator for a shipped pipeline. Throws BAD_INPUT for another name or for options that make no sense. */
export function openGenerator(pipelineName: string, options: GenerateOptions): EventGenerator {
  if (!Object.hasOwn(generators, pipelineName)) {
    const names = Object.keys(generators).join(', ');
    throw new SluiceError('BAD_INPUT', `expected one of the shipped pipelines ${names}, found "${pipelineName}"`, {
      cure: 'Events are generated for the shipped pipelines only; send your own to the topic of another one.',
    });
  }
  return generators[pipelineName as keyof typeof generators](options);
}
