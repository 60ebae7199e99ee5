import { progressPrinter } from '../../stack/print-progress';
import { withHeartbeat } from '../../stack/progress';
import type { StackEvent } from '../../stack/progress';

const step = (subject: string, text: string, elapsedMs = 0): StackEvent => ({ subject, kind: 'step', text, elapsedMs });

test('without a terminal a line is printed when something changes', () => {
  let text = '';
  const printer = progressPrinter({ write: (piece) => void (text += piece) });
  printer.onProgress(step('kafka', 'Kafka: preparing'));
  printer.onProgress(step('kafka', 'Kafka: preparing', 1000));
  printer.onProgress(step('kafka', 'Kafka: starting', 2100));
  printer.onProgress({ subject: 'kafka', kind: 'done', text: 'Kafka is ready', elapsedMs: 12_400 });
  printer.onProgress({ subject: 's3', kind: 'warning', text: 's3 was killed', elapsedMs: 100 });
  printer.close();
  expect(text).toBe(
    '  Kafka: preparing\n  Kafka: starting (2.1 s)\n✓ Kafka is ready (12 s)\n! s3 was killed (0.1 s)\n',
  );
});

test('on a terminal what is under way stands on one line, no wider than the terminal', () => {
  let text = '';
  const printer = progressPrinter({ write: (piece) => void (text += piece), isTTY: true, columns: 40 });
  printer.onProgress(step('kafka', 'Kafka: starting', 1000));
  printer.onProgress(step('nessie', 'Nessie: downloading a jar', 2000));
  const moving = text.split('\r\x1b[K').at(-1);
  expect(moving).toBe('Kafka: starting 1.0 s · Nessie: downlo…');
  printer.onProgress({ subject: 'kafka', kind: 'done', text: 'Kafka is ready', elapsedMs: 3000 });
  expect(text).toContain('\r\x1b[K✓ Kafka is ready (3.0 s)\n\r\x1b[KNessie: downloading a jar 2.0 s');
  printer.close();
  expect(text.endsWith('\r\x1b[K')).toBe(true);
});

test('long work is told every second, and no more once it fails', async () => {
  jest.useFakeTimers();
  try {
    const events: StackEvent[] = [];
    let fail: (error: Error) => void = () => undefined;
    const work = withHeartbeat(
      { subject: 'java', text: () => 'downloading', onProgress: (event) => void events.push(event) },
      () => {
        return new Promise((_resolve, reject) => void (fail = reject));
      },
    );
    jest.advanceTimersByTime(2500);
    expect(events.map((event) => event.elapsedMs)).toEqual([0, 1000, 2000]);
    fail(new Error('as wanted'));
    await expect(work).rejects.toThrow('as wanted');
    jest.advanceTimersByTime(5000);
    expect(events).toHaveLength(3);
  } finally {
    jest.useRealTimers();
  }
});
