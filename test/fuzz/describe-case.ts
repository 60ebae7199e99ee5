import type { WindowShape } from '../../pipeline/model';
import type { FuzzCase, FuzzEvent, FuzzWindow } from './case';
import { isoMicros } from './event-text';
import { queryOf } from './pipeline';

/** A case in lines that a person can follow. */
export function describeCase(fuzzCase: FuzzCase): string {
  const { seed, kind, watermarkMs, idleMs, maxFutureMs, maxEvents, eventTimeType, partition, windows, steps, events } =
    fuzzCase;
  const lines = [
    `seed ${seed} (${kind}): watermark ${watermarkMs} ms, idle ${idleMs} ms, max_future ${maxFutureMs} ms, max_events ${maxEvents}, t ${eventTimeType}, raw by ${JSON.stringify(partition)}`,
    ...windows.map((window, index) => `  db.w${index}: ${describeWindow(window)}`),
  ];
  const offsets = new Map<number, number>();
  steps.forEach((step, index) => {
    const faults = step.faults.map(({ at, kind: fault }) => `${fault}@${at}`).join(' ');
    lines.push(
      `  step ${index}: clock +${step.clockMs} ms, ${step.partitions} partitions${step.overlap ? ', overlap' : ''}${faults && `, ${faults}`}`,
    );
    for (const event of events.filter((item) => item.step === index)) {
      const offset = offsets.get(event.partition) ?? 0;
      offsets.set(event.partition, offset + 1);
      lines.push(`    ${event.partition}:${offset} ${describeEvent(event)}`);
    }
  });
  return lines.join('\n');
}

function describeEvent({ body, timestampMs }: FuzzEvent): string {
  if (body.kind === 'gap') return 'no record';
  if (body.kind === 'bad') return `unreadable ${JSON.stringify(body.value)}`;
  const { timeUs, k, g, v } = body;
  return `t=${isoMicros(timeUs)} (${timeUs}) k=${JSON.stringify(k)} g=${g} v=${v} kafka=${timestampMs}`;
}

function describeWindow(window: FuzzWindow): string {
  const { shape, latenessMs, late } = window;
  return `${describeShape(shape)}, lateness ${latenessMs} ms, ${late}: ${queryOf(window).sql}`;
}

function describeShape(shape: WindowShape): string {
  switch (shape.kind) {
    case 'tumble':
      return `tumble ${shape.sizeMs} ms`;
    case 'hop':
      return `hop ${shape.sizeMs} ms by ${shape.slideMs} ms`;
    case 'session':
      return `session gap ${shape.gapMs} ms by [${shape.by.join(', ')}] max ${shape.maxMs} ms`;
  }
}
