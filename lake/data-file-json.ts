import type { DataFile } from './iceberg/types';
import { fromPlain, toPlain, type PlainValue } from './iceberg/plain-value';

type WireMap = Readonly<Record<string, string>>;

/** A DataFile as plain JSON for workflow histories: 64-bit numbers as decimal text, bytes as base64, maps as objects by field id. */
export interface DataFileJson {
  readonly content: 0 | 1 | 2;
  readonly filePath: string;
  readonly specId: number;
  readonly partition: readonly PlainValue[];
  readonly recordCount: string;
  readonly fileSizeBytes: string;
  readonly columnSizes: WireMap;
  readonly valueCounts: WireMap;
  readonly nullValueCounts: WireMap;
  readonly nanValueCounts: WireMap;
  readonly lowerBounds: WireMap;
  readonly upperBounds: WireMap;
  readonly splitOffsets?: readonly string[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  readonly referencedDataFile?: string;
}

export function toWire(file: DataFile): DataFileJson {
  return {
    content: file.content,
    filePath: file.filePath,
    specId: file.specId,
    partition: file.partition.map(toPlain),
    recordCount: String(file.recordCount),
    fileSizeBytes: String(file.fileSizeBytes),
    columnSizes: wireMap(file.columnSizes, String),
    valueCounts: wireMap(file.valueCounts, String),
    nullValueCounts: wireMap(file.nullValueCounts, String),
    nanValueCounts: wireMap(file.nanValueCounts, String),
    lowerBounds: wireMap(file.lowerBounds, base64),
    upperBounds: wireMap(file.upperBounds, base64),
    ...(file.splitOffsets && { splitOffsets: file.splitOffsets.map(String) }),
    ...(file.equalityIds && { equalityIds: file.equalityIds }),
    ...(file.sortOrderId !== undefined && { sortOrderId: file.sortOrderId }),
    ...(file.referencedDataFile !== undefined && { referencedDataFile: file.referencedDataFile }),
  };
}

export function fromWire(json: DataFileJson): DataFile {
  return {
    content: json.content,
    filePath: json.filePath,
    fileFormat: 'PARQUET',
    specId: json.specId,
    partition: json.partition.map(fromPlain),
    recordCount: BigInt(json.recordCount),
    fileSizeBytes: BigInt(json.fileSizeBytes),
    columnSizes: fromMap(json.columnSizes, BigInt),
    valueCounts: fromMap(json.valueCounts, BigInt),
    nullValueCounts: fromMap(json.nullValueCounts, BigInt),
    nanValueCounts: fromMap(json.nanValueCounts, BigInt),
    lowerBounds: fromMap(json.lowerBounds, bytes),
    upperBounds: fromMap(json.upperBounds, bytes),
    ...(json.splitOffsets && { splitOffsets: json.splitOffsets.map(BigInt) }),
    ...(json.equalityIds && { equalityIds: json.equalityIds }),
    ...(json.sortOrderId !== undefined && { sortOrderId: json.sortOrderId }),
    ...(json.referencedDataFile !== undefined && { referencedDataFile: json.referencedDataFile }),
  };
}

const base64 = (value: Buffer): string => value.toString('base64');
const bytes = (text: string): Buffer => Buffer.from(text, 'base64');

function wireMap<V>(map: ReadonlyMap<number, V>, print: (value: V) => string): WireMap {
  return Object.fromEntries([...map].sort(([a], [b]) => a - b).map(([id, value]) => [String(id), print(value)]));
}

function fromMap<V>(map: WireMap, parse: (text: string) => V): ReadonlyMap<number, V> {
  return new Map(Object.entries(map).map(([id, text]) => [Number(id), parse(text)]));
}
