import { connect } from 'node:net';
import { describeError } from '../base/errors';
import type { Probe } from './server-spec';

const METADATA = 3;
const VERSION = 4; // the last but one without tagged fields would be 8; 4 has all that is asked here

/**
 * Asks one broker for the brokers of its cluster (Kafka protocol, Metadata request version 4, no topics). A KRaft broker lists itself only
 * once it is registered and not fenced, so an answer that holds a broker means that clients can work.
 */
export async function kafkaProbe(broker: string, timeoutMs = 3000): Promise<Probe> {
  const at = broker.lastIndexOf(':');
  const host = broker.slice(0, at);
  try {
    const answer = await ask(host, Number(broker.slice(at + 1)), metadataRequest(), timeoutMs);
    const { brokers, clusterId } = parseMetadata(answer);
    if (brokers === 0) return { ready: false, why: `${broker} answers, but its broker is not registered yet` };
    return { ready: true, detail: `cluster ${clusterId}, ${brokers} broker${brokers === 1 ? '' : 's'}` };
  } catch (error) {
    return { ready: false, why: `${broker}: ${describeError(error)}` };
  }
}

export function metadataRequest(): Buffer {
  const clientId = Buffer.from('sluice-stack');
  const body = Buffer.alloc(4 + 10 + clientId.length + 5);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(METADATA, at);
  at = body.writeInt16BE(VERSION, at);
  at = body.writeInt32BE(1, at); // correlation id
  at = body.writeInt16BE(clientId.length, at);
  at += clientId.copy(body, at);
  at = body.writeInt32BE(0, at); // no topics
  body.writeInt8(0, at); // and create none
  return body;
}

/** `answer`: a Metadata response of version 4, from the correlation id on. */
export function parseMetadata(answer: Buffer): { readonly brokers: number; readonly clusterId: string | undefined } {
  let at = 4 + 4; // correlation id, throttle time
  const text = (): string | undefined => {
    const length = answer.readInt16BE(at);
    at += 2;
    if (length < 0) return undefined;
    const value = answer.toString('utf8', at, at + length);
    at += length;
    return value;
  };
  const brokers = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < brokers; i++) {
    at += 4; // node id
    text(); // host
    at += 4; // port
    text(); // rack
  }
  return { brokers, clusterId: text() };
}

/** Sends one request and resolves to one response without its length. */
function ask(host: string, port: number, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const finish = (act: () => void) => {
      socket.destroy();
      act();
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => finish(() => reject(new Error(`no answer in ${timeoutMs} ms`))));
    socket.once('error', (error) => finish(() => reject(error)));
    socket.once('end', () => finish(() => reject(new Error('the connection was closed without an answer'))));
    socket.once('connect', () => socket.write(request));
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      finish(() => resolve(received.subarray(4, 4 + received.readInt32BE(0))));
    });
  });
}
