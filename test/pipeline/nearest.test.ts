import { nearest } from '../../pipeline/nearest';

test.each([
  ['idel', ['idle', 'topic'], 'idle'],
  ['evnet_time', ['event_time', 'every'], 'event_time'],
  ['event_tim', ['Event_time', 'event_time'], 'event_time'],
  ['TABLE', ['tumble', 'table'], 'table'],
  ['x', ['table'], undefined],
  ['foo', [], undefined],
])('%s', (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
