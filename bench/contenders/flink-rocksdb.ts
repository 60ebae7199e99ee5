import { flinkContender } from './flink';

/** As Flink comes, with its state in RocksDB: the set-up for state that may outgrow memory. */
export const contender = flinkContender('flink-rocksdb', 'Flink 2.1, RocksDB state');
