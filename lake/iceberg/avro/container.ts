import { createHash } from 'node:crypto';
import { ByteSink } from './byte-sink';
import { compressBlock, decompressBlock, type WriteCodec } from './codec';
import { compileDecoder, corrupt, readLong, take, type Cursor } from './decode';
import { compileEncoder } from './encode';
import type { AvroSchema } from './schema';

/** Avro object container files (Avro specification, "Object Container Files"). */
const magic = Buffer.from('Obj\x01', 'latin1');

/** Fixed, not random: equal input gives equal bytes. */
const syncMarker = createHash('md5').update('sluice avro sync marker').digest();

const blockBytes = 64 * 1024;

export interface AvroFileInput {
  readonly schema: AvroSchema;
  /** Header entries besides avro.schema and avro.codec, written in this order. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly records: Iterable<unknown>;
  readonly codec?: WriteCodec;
}

export function writeAvroFile({ schema, metadata, records, codec = 'deflate' }: AvroFileInput): Buffer {
  const out = new ByteSink();
  out.raw(magic);
  const header = Object.entries({ ...metadata, 'avro.codec': codec, 'avro.schema': JSON.stringify(schema) });
  out.long(header.length);
  for (const [key, value] of header) {
    out.sized(Buffer.from(key, 'utf8'));
    out.sized(Buffer.from(value, 'utf8'));
  }
  out.byte(0);
  out.raw(syncMarker);

  const encode = compileEncoder(schema);
  const block = new ByteSink();
  let count = 0;
  const flush = (): void => {
    if (count === 0) return;
    out.long(count);
    out.sized(compressBlock(codec, block.toBuffer()));
    out.raw(syncMarker);
    block.clear();
    count = 0;
  };
  for (const record of records) {
    encode(block, record);
    count += 1;
    if (block.length >= blockBytes) flush();
  }
  flush();
  return out.toBuffer();
}

export interface AvroFile {
  readonly schema: AvroSchema;
  readonly metadata: ReadonlyMap<string, string>;
  /** Decoded by the writer's schema: see compileDecoder. */
  readonly records: readonly unknown[];
}

/** Reads a whole container file of any writer. Throws UNSUPPORTED_TABLE when it is damaged or uses an unknown codec. */
export async function readAvroFile(bytes: Buffer): Promise<AvroFile> {
  const cursor: Cursor = { bytes, at: 0 };
  if (!take(cursor, 4).equals(magic)) throw corrupt('it does not begin with "Obj" and 1');
  const metadata = readHeader(cursor);
  const sync = take(cursor, 16);
  const schemaText = metadata.get('avro.schema');
  if (schemaText === undefined) throw corrupt('the header holds no avro.schema');
  const schema = JSON.parse(schemaText) as AvroSchema;
  const decode = compileDecoder(schema);
  const codec = metadata.get('avro.codec') ?? 'null';
  const records: unknown[] = [];
  while (cursor.at < bytes.length) {
    const count = Number(readLong(cursor));
    const block: Cursor = { bytes: await decompressBlock(codec, take(cursor, Number(readLong(cursor)))), at: 0 };
    for (let i = 0; i < count; i += 1) records.push(decode(block));
    if (!take(cursor, 16).equals(sync)) throw corrupt(`no sync marker before byte ${cursor.at}`);
  }
  return { schema, metadata, records };
}

function readHeader(cursor: Cursor): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const text = (): string => take(cursor, Number(readLong(cursor))).toString('utf8');
  for (;;) {
    let count = Number(readLong(cursor));
    if (count === 0) return entries;
    if (count < 0) {
      count = -count;
      readLong(cursor);
    }
    for (let i = 0; i < count; i += 1) {
      const key = text();
      entries.set(key, text());
    }
  }
}
