import { flinkContender } from './flink';

/** As Flink comes, with its state on the heap. */
export const contender = flinkContender('flink-heap', 'Flink 2.1, state on the heap');
