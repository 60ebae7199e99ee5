import { SluiceError } from '../base/errors';
import { isPortFree } from './port-owner';
import { stackPorts } from './ports';

/**
 * Port offsets of stacks beside the default one. No two of them, nor one of them and 0, give the same port to anything (the ports of one stack
 * lie 1000 and others apart), and the first two keep Kafka below 32768, where Linux begins to hand out ports to clients.
 */
export const sideOffsets: readonly number[] = [2000, 3500, 5000, 6500, 8000, 9500, 11000, 12500];

/** The first offset whose ports are all free. Throws PORT_TAKEN. */
export async function freeOffset(offsets: readonly number[] = sideOffsets): Promise<number> {
  for (const offset of offsets) {
    const free = await Promise.all(Object.values(stackPorts(offset)).map(isPortFree));
    if (free.every(Boolean)) return offset;
  }
  throw new SluiceError('PORT_TAKEN', `none of the port offsets ${offsets.join(', ')} has all its ports free`, {
    cure: 'End stacks that are not in use (sluice down), and try again.',
  });
}
