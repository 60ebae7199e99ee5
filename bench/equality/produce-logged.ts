import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { ProducedMessage } from '../../stream/kafka/producer';

/** A message with everything said: nothing is left to the producer, so its place in Kafka is known beforehand. */
export interface PlacedMessage {
  readonly partition: number;
  readonly key: string;
  /** A JSON object, not an empty one. */
  readonly value: string;
  readonly timestampMs: number;
}

export interface LoggedInput {
  readonly messages: Iterable<PlacedMessage>;
  readonly send: (messages: readonly ProducedMessage[]) => Promise<void>;
  /** NDJSON file to write: `{"_partition":0,"_offset":17,"_timestamp":1767225600000,` and the fields of the message. */
  readonly logPath: string;
  /** Messages per partition that the topic holds already, counted on by this call; the file is appended to. */
  readonly offsets: Map<number, number>;
  readonly onProgress?: (sent: number) => void;
}

const CHUNK = 10_000;

/** Sends messages and writes the same to a file, with the offsets that they get: the topic must have no other producer. Returns how many there were. */
export async function produceLogged({ messages, send, logPath, offsets, onProgress }: LoggedInput): Promise<number> {
  const log = createWriteStream(logPath, { flags: 'a' });
  let sent = 0;
  let lines: string[] = [];
  let chunk: PlacedMessage[] = [];
  let sending: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    if (chunk.length === 0) return;
    sent += chunk.length;
    if (!log.write(lines.join(''))) await once(log, 'drain');
    // The next messages are made while these are under way.
    await sending;
    sending = send(chunk);
    sending.catch(() => undefined); // it is awaited before the next one; until then nobody listens
    [chunk, lines] = [[], []];
    onProgress?.(sent);
  };
  try {
    for (const message of messages) {
      const offset = offsets.get(message.partition) ?? 0;
      offsets.set(message.partition, offset + 1);
      lines.push(logLine(message, offset));
      chunk.push(message);
      if (chunk.length === CHUNK) await flush();
    }
    await flush();
    await sending;
    log.end();
    await finished(log);
  } finally {
    log.destroy();
  }
  return sent;
}

/** One line of the log, with its line break. */
export function logLine({ partition, timestampMs, value }: PlacedMessage, offset: number): string {
  return `{"_partition":${partition},"_offset":${offset},"_timestamp":${timestampMs},${value.slice(1)}\n`;
}
