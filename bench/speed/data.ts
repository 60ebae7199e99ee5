import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { Session } from '../../engine/engine';
import { eventLines, partitionOf, PARTITIONS, type EventOptions } from './events';
import { comparedSql, expectedRelation, fingerprint, type Fingerprint, type Kind } from './fingerprint';

/** The benchmark's lines on local disk and what is known of them. Made once, kept under the home directory. */
export interface Data extends EventOptions {
  readonly linesFile: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** Windows that end up to this are closed by a watermark 5 s behind the slowest partition: every contender must have them. */
  readonly closedUntilUs: bigint;
  /** By plain SQL over the lines. */
  readonly expected: Readonly<Record<Kind, Fingerprint>>;
}

const WATERMARK_MS = 5000;
const MINUTE_MS = 60_000;
const CHUNK = 20_000;
const SAID_EVERY = 1_000_000;

export interface DataInput extends EventOptions {
  /** Where such files are kept. */
  readonly directory: string;
  readonly session: Session;
  say(text: string): void;
}

/** Writes the lines, unless they are there: a file is complete when the note beside it is. */
export async function makeData(input: DataInput): Promise<Data> {
  const { events, seed, stepUs, directory, session, say } = input;
  const name = `events-${events}-${seed}-${stepUs}`;
  const [linesFile, noteFile] = [path.join(directory, `${name}.ndjson`), path.join(directory, `${name}.json`)];
  const known = await readNote(noteFile);
  if (known) {
    say(`lines: ${linesFile}, ${known.sha256.slice(0, 12)}`);
    return { ...known, linesFile };
  }
  await mkdir(directory, { recursive: true });
  const written = await writeLines(input, linesFile);
  say(`lines: ${events} written, ${written.sizeBytes} bytes; counting what they must give`);
  const of = (kind: Kind): Promise<Fingerprint> =>
    fingerprint(session, kind, comparedSql(kind, expectedRelation(kind, linesFile), written.closedUntilUs));
  const data = { events, seed, stepUs, ...written, expected: { raw: await of('raw'), windows: await of('windows') } };
  await writeFile(`${noteFile}.new`, JSON.stringify({ ...data, closedUntilUs: String(data.closedUntilUs) }));
  await rename(`${noteFile}.new`, noteFile);
  return { ...data, linesFile };
}

async function readNote(file: string): Promise<Omit<Data, 'linesFile'> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const note = JSON.parse(text) as Omit<Data, 'linesFile' | 'closedUntilUs'> & { closedUntilUs: string };
  return { ...note, closedUntilUs: BigInt(note.closedUntilUs) };
}

async function writeLines(
  { say, ...options }: DataInput,
  file: string,
): Promise<Pick<Data, 'sizeBytes' | 'sha256' | 'closedUntilUs'>> {
  const [hash, out] = [createHash('sha256'), createWriteStream(file)];
  const newest = new Array<number>(PARTITIONS).fill(-Infinity);
  let [index, sizeBytes, lines] = [0, 0, [] as string[]];
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(lines.join(''));
    lines = [];
    hash.update(bytes);
    sizeBytes += bytes.length;
    if (!out.write(bytes)) await once(out, 'drain');
  };
  for (const { text, timeMs } of eventLines(options)) {
    newest[partitionOf(index)] = Math.max(newest[partitionOf(index)]!, timeMs);
    lines.push(`${text}\n`);
    index += 1;
    if (lines.length === CHUNK) await flush();
    if (index % SAID_EVERY === 0) say(`lines: ${index} of ${options.events} written`);
  }
  await flush();
  out.end();
  await finished(out);
  // Of a single event in some partition nothing follows: no window is closed while one is empty.
  const slowestMs = Math.min(...newest);
  const closedMs = Number.isFinite(slowestMs) ? Math.floor((slowestMs - WATERMARK_MS) / MINUTE_MS) * MINUTE_MS : 0;
  return { sizeBytes, sha256: hash.digest('hex'), closedUntilUs: BigInt(closedMs) * 1000n };
}
