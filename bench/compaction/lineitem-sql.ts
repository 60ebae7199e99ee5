import type { Field, IcebergType, Schema } from '../../lake/iceberg/types';
import { below, pick } from './random-sql';

const columns: readonly (readonly [name: string, type: IcebergType])[] = [
  ['l_orderkey', 'long'],
  ['l_partkey', 'long'],
  ['l_suppkey', 'long'],
  ['l_linenumber', 'int'],
  ['l_quantity', 'decimal(15,2)'],
  ['l_extendedprice', 'decimal(15,2)'],
  ['l_discount', 'decimal(15,2)'],
  ['l_tax', 'decimal(15,2)'],
  ['l_returnflag', 'string'],
  ['l_linestatus', 'string'],
  ['l_shipdate', 'date'],
  ['l_commitdate', 'date'],
  ['l_receiptdate', 'date'],
  ['l_shipinstruct', 'string'],
  ['l_shipmode', 'string'],
  ['l_comment', 'string'],
];

export const lineitemSchema: Schema = {
  type: 'struct',
  'schema-id': 0,
  fields: columns.map(([name, type], index): Field => ({ id: index + 1, name, required: true, type })),
};

const words = (text: string): readonly string[] => text.split(' ').map((word) => word.replace('_', ' '));
const nouns = words(
  'packages requests accounts deposits foxes ideas theodolites pinto_beans instructions dependencies excuses platelets asymptotes courts dolphins multipliers sauternes warthogs frets dinos attainments somas patterns forges braids hockey_players frays warhorses dugouts notornis epitaphs pearls tithes waters orbits gifts sheaves depths sentiments decoys realms pains grouches escapades',
);
const verbs = words(
  'sleep wake are cajole haggle nag use boost affix detect integrate maintain nod was lose sublate solve thrash promise engage hinder print x-ray breach eat grow impress mold poach serve run dazzle snooze doze unwind kindle play hang believe doubt',
);
const adjectives = words(
  'furious sly careful blithe quick fluffy slow quiet ruthless thin close dogged daring brave stealthy permanent enticing idle busy regular final ironic even bold silent special pending express unusual',
);
const adverbs = words(
  'sometimes always never furiously slyly carefully blithely quickly fluffily slowly quietly ruthlessly thinly closely doggedly daringly bravely stealthily permanently enticingly idly busily regularly finally ironically evenly boldly silently',
);
const prepositions = words(
  'about above according_to across after against along among around at atop before behind beneath beside besides between beyond by despite during except for from in_place_of inside instead_of into near of on outside over past since through throughout to toward under until up upon without with within',
);
const auxiliaries = words('do may might shall will would can could should ought_to must have_to need_to try_to');
const ends = words('. ; : ? ! --');

/** A sentence of the specification's grammar for texts: noun phrase, verb phrase, place, end; each phrase in one of several forms. */
function sentenceSql(seed: number): string {
  const forms = (salt: number, ...sqls: readonly string[]): string =>
    `CASE ${below(sqls.length, salt, seed)} ${sqls.map((sql, index) => `WHEN ${index} THEN ${sql}`).join(' ')} END`;
  const nounPhrase = (salt: number): string => {
    const [noun, adjective, adverb, other] = [nouns, adjectives, adverbs, adjectives].map((list, index) =>
      pick(list, salt + index, seed),
    );
    return forms(
      salt + 4,
      noun!,
      `${adjective} || ' ' || ${noun}`,
      `${adjective} || ', ' || ${other} || ' ' || ${noun}`,
      `${adverb} || ' ' || ${adjective} || ' ' || ${noun}`,
    );
  };
  const [verb, auxiliary, adverb] = [verbs, auxiliaries, adverbs].map((list, index) => pick(list, 30 + index, seed));
  const verbPhrase = forms(
    33,
    verb!,
    `${auxiliary} || ' ' || ${verb}`,
    `${verb} || ' ' || ${adverb}`,
    `${auxiliary} || ' ' || ${verb} || ' ' || ${adverb}`,
  );
  const place = `${pick(prepositions, 34, seed)} || ' the ' || ${nounPhrase(35)}`;
  return `${nounPhrase(20)} || ' ' || ${verbPhrase} || ' ' || ${place} || ${pick(ends, 41, seed)} || ' ' || ${nounPhrase(42)} || ' ' || ${pick(verbs, 48, seed)}`;
}

/**
 * Rows `from` to `to` of a table in the shape and with the distributions of TPC-H's lineitem (specification 4.2.3), at scale factor 2: sparse order keys, one to
 * seven lines an order (four here, so that a row number says its order), prices that follow from part and quantity, dates around the order's, flags that follow
 * from dates, comments of 10 to 43 characters cut out of sentences.
 */
export function lineitemSql(from: number, to: number, seed: number): string {
  const scale = 2;
  const random = (limit: number | string, salt: number): string => below(limit, salt, seed);
  const ofOrder = (limit: number, salt: number): string =>
    `(hash((i // 4) * 64 + ${salt}, ${seed}) % ${limit})::BIGINT`;
  return `
    SELECT
      (o // 8) * 32 + o % 8 AS l_orderkey,
      part AS l_partkey,
      (part + i % 4 * (${scale * 10_000} // 4 + (part - 1) // ${scale * 10_000})) % ${scale * 10_000} + 1 AS l_suppkey,
      (i % 4 + 1)::INTEGER AS l_linenumber,
      quantity::DECIMAL(15,2) AS l_quantity,
      (quantity * (90000 + (part // 10) % 20001 + 100 * (part % 1000)) / 100)::DECIMAL(15,2) AS l_extendedprice,
      (${random(11, 3)} / 100)::DECIMAL(15,2) AS l_discount,
      (${random(9, 4)} / 100)::DECIMAL(15,2) AS l_tax,
      CASE WHEN receipt > DATE '1995-06-17' THEN 'N' WHEN ${random(2, 5)} = 0 THEN 'R' ELSE 'A' END AS l_returnflag,
      CASE WHEN ship > DATE '1995-06-17' THEN 'O' ELSE 'F' END AS l_linestatus,
      ship AS l_shipdate, ordered + (30 + ${random(61, 6)})::INTEGER AS l_commitdate, receipt AS l_receiptdate,
      ${pick(['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN'], 7, seed)} AS l_shipinstruct,
      ${pick(['REG AIR', 'AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB'], 8, seed)} AS l_shipmode,
      substr(${sentenceSql(seed)}, 1 + ${random(20, 9)}, 10 + ${random(34, 10)}) AS l_comment
    FROM (SELECT *, ship + (1 + ${random(30, 11)})::INTEGER AS receipt FROM (
      SELECT i, i // 4 + 1 AS o, 1 + ${random(scale * 200_000, 1)} AS part, 1 + ${random(50, 2)} AS quantity,
        DATE '1992-01-01' + ${ofOrder(2406, 12)}::INTEGER AS ordered, ordered + (1 + ${random(121, 13)})::INTEGER AS ship
      FROM range(${from}, ${to}) t(i)))`;
}
