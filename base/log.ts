import pino from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

/** Structured log on standard error, so that standard output stays free for results. Events have stable names; payloads are never logged. */
export function createLogger(name: string, level: string = process.env['SLUICE_LOG_LEVEL'] ?? 'info'): Logger {
  return pino({ name, level, base: { pid: process.pid } }, pino.destination({ fd: 2, sync: false }));
}
