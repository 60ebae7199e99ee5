/** Field ids of the footer's structs (apache/parquet-format, parquet.thrift), as far as copying reads or changes them. */
export const fileField = {
  version: 1,
  schema: 2,
  rows: 3,
  rowGroups: 4,
  keyValues: 5,
  createdBy: 6,
  columnOrders: 7,
  encryptionAlgorithm: 8,
  footerSigningKey: 9,
} as const;

export const groupField = {
  columns: 1,
  totalByteSize: 2,
  rows: 3,
  sortingColumns: 4,
  fileOffset: 5,
  totalCompressedSize: 6,
  ordinal: 7,
} as const;

export const chunkField = {
  filePath: 1,
  fileOffset: 2,
  meta: 3,
  offsetIndexOffset: 4,
  offsetIndexLength: 5,
  columnIndexOffset: 6,
  columnIndexLength: 7,
  cryptoMetadata: 8,
  encryptedMeta: 9,
} as const;

export const metaField = {
  path: 3,
  codec: 4,
  values: 5,
  totalCompressedSize: 7,
  dataPageOffset: 9,
  indexPageOffset: 10,
  dictionaryPageOffset: 11,
  bloomFilterOffset: 14,
  bloomFilterLength: 15,
} as const;

export const schemaField = { type: 1, typeLength: 2, repetition: 3, name: 4, children: 5, fieldId: 9 } as const;
export const keyValueField = { key: 1, value: 2 } as const;
export const offsetIndexField = { pages: 1 } as const;
export const pageLocationField = { offset: 1, compressedSize: 2 } as const;

/** The highest id that this version of the format gives out in each struct that holds offsets: what a later one adds may be an offset too. */
export const lastKnownField = { file: 9, group: 7, chunk: 9, meta: 17 } as const;
