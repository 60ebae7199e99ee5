import fc from 'fast-check';

/** A Thrift value of any type, with an encoder of its own: the oracle for the reader, which never builds such a tree. */
export type Value =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'i8'; readonly value: number }
  | { readonly kind: 'i16' | 'i32' | 'i64'; readonly value: bigint }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'binary'; readonly value: Uint8Array }
  | { readonly kind: 'list' | 'set'; readonly items: readonly Value[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [Value, Value])[] }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [id: number, value: Value])[] };

const types = {
  bool: 2,
  i8: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

export function typeOf(value: Value): number {
  return value.kind === 'bool' && value.value ? 1 : types[value.kind];
}

/** As the protocol's description says, with bigint throughout. */
export function encode(value: Value): Buffer {
  switch (value.kind) {
    case 'bool':
      return Buffer.from([value.value ? 1 : 2]);
    case 'i8':
      return Buffer.from([value.value & 0xff]);
    case 'i16':
    case 'i32':
    case 'i64':
      return varint(BigInt.asUintN(64, (value.value << 1n) ^ (value.value >> 63n)));
    case 'double': {
      const out = Buffer.alloc(8);
      out.writeDoubleLE(value.value);
      return out;
    }
    case 'binary':
      return Buffer.concat([varint(BigInt(value.value.length)), value.value]);
    case 'list':
    case 'set': {
      const type = value.items[0] ? typeOf(value.items[0]) : 12;
      const header =
        value.items.length < 15
          ? Buffer.from([(value.items.length << 4) | type])
          : Buffer.concat([Buffer.from([0xf0 | type]), varint(BigInt(value.items.length))]);
      return Buffer.concat([header, ...value.items.map(encode)]);
    }
    case 'map': {
      const [first] = value.entries;
      if (!first) return Buffer.from([0]);
      const kinds = Buffer.from([(typeOf(first[0]) << 4) | typeOf(first[1])]);
      return Buffer.concat([varint(BigInt(value.entries.length)), kinds, ...value.entries.flat().map(encode)]);
    }
    case 'struct': {
      let last = 0;
      const parts = value.fields.flatMap(([id, item]) => {
        const delta = id - last;
        last = id;
        const header =
          delta > 0 && delta <= 15
            ? Buffer.from([(delta << 4) | typeOf(item)])
            : Buffer.concat([Buffer.from([typeOf(item)]), encode({ kind: 'i16', value: BigInt(id) })]);
        return [header, item.kind === 'bool' ? Buffer.alloc(0) : encode(item)];
      });
      return Buffer.concat([...parts, Buffer.from([0])]);
    }
  }
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const whole = (bits: number): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n });

const simple: readonly fc.Arbitrary<Value>[] = [
  fc.boolean().map((value) => ({ kind: 'bool', value })),
  fc.integer({ min: -128, max: 127 }).map((value) => ({ kind: 'i8', value })),
  whole(16).map((value) => ({ kind: 'i16', value })),
  whole(32).map((value) => ({ kind: 'i32', value })),
  whole(64).map((value) => ({ kind: 'i64', value })),
  fc.double().map((value) => ({ kind: 'double', value })),
  fc.uint8Array({ maxLength: 40 }).map((value) => ({ kind: 'binary', value })),
];

/** Any struct; items of one list are of one kind, as Thrift has it. */
export function anyStruct(depth = 3): fc.Arbitrary<Value & { readonly kind: 'struct' }> {
  const child = depth === 0 ? fc.oneof(...simple) : fc.oneof(...simple, ...nested(depth - 1));
  return fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 200 }), child), { selector: ([id]) => id, maxLength: 8 })
    .map((fields) => ({ kind: 'struct', fields: fields.sort(([a], [b]) => a - b) }));
}

function nested(depth: number): readonly fc.Arbitrary<Value>[] {
  const one = [...simple, anyStruct(depth)] as const;
  const listOf = fc
    .integer({ min: 0, max: one.length - 1 })
    .chain((index) => fc.array(one[index]! as fc.Arbitrary<Value>, { maxLength: 20 }));
  return [
    anyStruct(depth),
    listOf.map((items) => ({ kind: 'list', items })),
    listOf.map((items) => ({ kind: 'set', items })),
    fc
      .array(fc.tuple(simple[6]! as fc.Arbitrary<Value>, simple[4]! as fc.Arbitrary<Value>), { maxLength: 5 })
      .map((entries) => ({ kind: 'map', entries })),
  ];
}
