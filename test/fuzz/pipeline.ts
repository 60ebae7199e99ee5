import { formatTableName } from '../../base/table-name';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import type { OraclePipeline, WindowQuery } from '../oracle/model';
import { onceQueries, sessionQueries } from '../oracle/queries';
import type { FuzzCase, FuzzWindow } from './case';

export const TOPIC = 'events';

export function queryOf(window: FuzzWindow): WindowQuery {
  return window.shape.kind === 'session'
    ? sessionQueries[window.query as keyof typeof sessionQueries](window.shape.by)
    : onceQueries[window.query as keyof typeof onceQueries];
}

const tableOf = (index: number): WindowDefinition['table'] => ({ namespace: 'db', name: `w${index}` });

/** The case's pipeline as a checked pipeline file would give it. */
export function pipelineOf(fuzzCase: FuzzCase): Pipeline {
  const { eventTimeType, watermarkMs, idleMs, maxFutureMs, maxEvents, partition, windows } = fuzzCase;
  return {
    name: 'fuzzed',
    source: {
      topic: TOPIC,
      format: 'json',
      columns: [
        { name: 't', type: { kind: eventTimeType }, required: true, path: ['t'] },
        { name: 'k', type: { kind: 'string' }, required: false, path: ['k'] },
        { name: 'g', type: { kind: 'bigint' }, required: false, path: ['g'] },
        { name: 'v', type: { kind: 'bigint' }, required: false, path: ['v'] },
      ],
      eventTime: 't',
      watermarkMs,
      idleMs,
      maxFutureMs,
    },
    table: { namespace: 'db', name: 'events' },
    partition,
    windows: windows.map((window, index) => ({
      table: tableOf(index),
      shape: window.shape,
      latenessMs: window.latenessMs,
      late: window.late,
      streams: [],
      query: queryOf(window).sql,
    })),
    checks: [],
    batch: { everyMs: 1000, maxEvents },
  };
}

/** The same for the oracle. */
export function oraclePipelineOf({ watermarkMs, maxFutureMs, windows }: FuzzCase): OraclePipeline {
  return {
    watermarkMs,
    maxFutureMs,
    windows: windows.map((window, index) => ({
      table: formatTableName(tableOf(index)),
      shape: window.shape,
      latenessMs: window.latenessMs,
      query: queryOf(window),
    })),
  };
}
