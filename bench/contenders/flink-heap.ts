import { flinkContender } from './flink';

/** As Flink comes, with its state on the heap. */
export const contender = flinkContender({
  name: 'flink-heap',
  title: 'Flink 2.1, state on the heap',
  state: 'heap',
  tuned: false,
});
