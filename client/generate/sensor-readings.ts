import { createGenerator, type EventGenerator, type EventShape } from './generator';
import { createKeyCache } from './key-cache';
import { hundredths } from './pick';
import type { GenerateOptions } from './options';

const cycleMs = 600_000;

/** Every fortieth device, the eighth first, runs so warm that it passes 80 degrees in each cycle of ten minutes; no other ever does. */
export function isHotDevice(device: number): boolean {
  return device % 40 === 8;
}

export function deviceId(device: number): string {
  return `dev-${String(device).padStart(4, '0')}`;
}

/** Readings of pipeline sensors, keyed by device: 200 devices unless `keys` says otherwise, numbered from 1. */
export function sensorReadings(options: GenerateOptions): EventGenerator {
  return createGenerator(options, ({ keys = 200 }): EventShape => {
    const keyOf = createKeyCache(deviceId);
    return {
      topic: 'sensor_data',
      firstField: 'device_id',
      numberField: 'temperature',
      make({ random, timeMs, timeText }) {
        const device = 1 + random.below(keys);
        const key = keyOf(device);
        const json =
          `{"device_id":"${deviceId(device)}","timestamp":"${timeText}","temperature":${hundredths(temperature(device, timeMs) + noise(random.below(200_000)))},` +
          `"humidity":${hundredths(2000 + ((device * 37) % 5000) + random.below(1000))},"location":"hall-${1 + (device % 12)}"}`;
        return { key, json };
      },
    };
  });
}

/** Up to two degrees; one reading in 2,000 is an outlier, 12 degrees off. */
function noise(draw: number): number {
  return Math.floor(draw / 1000) + (draw % 2000 === 0 ? 1200 : 0);
}

/** Hundredths of a degree without noise: the device's own level plus a triangle wave of 6 degrees, shifted from device to device. */
function temperature(device: number, timeMs: number): number {
  const level = isHotDevice(device) ? 7600 : 1800 + ((device * 911) % 4000);
  const phase = (((timeMs + device * 7919) % cycleMs) + cycleMs) % cycleMs;
  return level + Math.floor((600 * Math.abs(phase - cycleMs / 2)) / (cycleMs / 2));
}
