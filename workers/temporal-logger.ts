import { DefaultLogger } from '@temporalio/worker';
import type { Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from '../base/log';

/** Hands Temporal's own log lines to ours. */
export function temporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const fields = { ...meta, error: meta?.['error'] instanceof Error ? meta['error'].message : meta?.['error'] };
    switch (level) {
      case 'TRACE':
      case 'DEBUG':
        return log.debug(fields, message);
      case 'INFO':
        return log.info(fields, message);
      case 'WARN':
        return log.warn(fields, message);
      case 'ERROR':
        return log.error(fields, message);
    }
  });
}
