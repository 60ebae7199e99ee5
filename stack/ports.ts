import { defaultPorts } from '../base/config';
import { SluiceError } from '../base/errors';

/**
 * Every port of a stack on one machine, by use. SeaweedFS would put its gRPC ports at +10000, where a second stack's own ports may be
 * (S3 of a stack at offset 10000 = S3 gRPC of the first): they are set here instead, close to the port they belong to.
 */
const basePorts = {
  ...defaultPorts,
  s3Grpc: 9001,
  s3MasterGrpc: 9334,
  s3VolumeGrpc: 9341,
  s3FilerGrpc: 8890,
  s3Admin: 9350,
  s3AdminGrpc: 9351,
} as const;

export type PortName = keyof typeof basePorts;
export type StackPorts = Readonly<Record<PortName, number>>;

export const maxPortOffset = 65535 - Math.max(...Object.values(basePorts));

/** All ports at `offset`. Throws BAD_INPUT when one would be above 65535. */
export function stackPorts(offset: number): StackPorts {
  if (!Number.isInteger(offset) || offset < 0 || offset > maxPortOffset) {
    const [name, highest] = Object.entries(basePorts).reduce((a, b) => (b[1] > a[1] ? b : a));
    throw new SluiceError(
      'BAD_INPUT',
      `port offset ${offset}: expected 0 to ${maxPortOffset}, for port ${highest} (${name}) plus the offset must not pass 65535`,
      { cure: `Use a port offset from 0 to ${maxPortOffset}.` },
    );
  }
  return Object.fromEntries(Object.entries(basePorts).map(([name, port]) => [name, port + offset])) as StackPorts;
}
