import { flinkContender } from './flink';

/** The best set of several that were measured: parallel collector, reuse of objects, aggregation in one phase. */
export const contender = flinkContender({
  name: 'flink-tuned',
  title: 'Flink 2.1, state on the heap, tuned',
  state: 'heap',
  tuned: true,
});
