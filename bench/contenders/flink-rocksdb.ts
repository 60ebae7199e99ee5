import { flinkContender } from './flink';

/** As Flink comes, with its state in RocksDB: the set-up for state that may outgrow memory. */
export const contender = flinkContender({
  name: 'flink-rocksdb',
  title: 'Flink 2.1, RocksDB state',
  state: 'rocksdb',
  tuned: false,
});
