import { flinkContender } from './flink';

/** The best set of several that were measured: parallel collector, reuse of objects, aggregation in one phase. */
export const contender = flinkContender('flink-tuned', 'Flink 2.1, state on the heap, tuned');
