import { formatTableName, siblingTable } from '../../base/table-name';
import { checkCommits } from '../../client/verify/commits';
import { checkTiling, ledgerColumns } from '../../client/verify/ledger';
import type { LedgerRow } from '../../client/verify/ledger';
import { checkLate } from '../../client/verify/late';
import { checkRows } from '../../client/verify/rows';
import { openTables } from '../../client/verify/tables';
import { valueColumns } from '../../client/verify/value-columns';
import { checkValues } from '../../client/verify/values';
import { checkWatermark } from '../../client/verify/watermark';
import { checkWindows } from '../../client/verify/windows';
import type { Session } from '../../engine/engine';
import { currentSchema } from '../../lake/iceberg/metadata';
import { readProgress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import type { OracleState } from '../oracle/model';
import { micros } from '../oracle/queries';
import { requireEqual, rowsOf, rowText } from './compare';
import { Divergence } from './failure';
import type { World } from './world';

/** Raw and rejected tables against the oracle, then the checks of `sluice verify`, which must find nothing. */
export async function checkAtTheEnd(
  world: World,
  session: Session,
  { pipeline, expected }: { readonly pipeline: Pipeline; readonly expected: OracleState },
): Promise<void> {
  const { lake, cache } = world.reader;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const tables = await openTables({ lake, cache, hash }, pipeline);
  try {
    const [raw, rejected, batches] = [
      pipeline.table,
      siblingTable(pipeline.table, 'rejected'),
      siblingTable(pipeline.table, 'batches'),
    ];
    const loaded = (name: typeof raw) => tables.loaded.get(formatTableName(name))!;
    const found = new Map([
      [
        'raw',
        await rowsOf(world, session, {
          table: loaded(raw),
          texts: ['_partition', '_offset', micros('t'), 'k', 'g', 'v'].map(text),
        }),
      ],
      [
        'rejected',
        await rowsOf(world, session, { table: loaded(rejected), texts: ['_partition', '_offset'].map(text) }),
      ],
    ]);
    const kept = expected.raw.map(({ partition, offset, timeUs, fields }) =>
      rowText([BigInt(partition), offset, timeUs, fields['k']!, fields['g']!, fields['v']!]),
    );
    const refused = expected.rejected.map(({ partition, offset }) => rowText([BigInt(partition), offset]));
    requireEqual(
      {
        watermark: '',
        tables: new Map([
          ['raw', kept.sort()],
          ['rejected', refused.sort()],
        ]),
      },
      { watermark: '', tables: found },
      'at the end',
    );
    const progress = readProgress(loaded(raw).metadata, pipeline.name)!;
    const relations = { raw: tables.relation(raw), rejected: tables.relation(rejected) };
    const ledger = await session.rows<LedgerRow>(
      `select ${ledgerColumns(currentSchema(loaded(batches).metadata))} from ${tables.relation(batches)} order by "partition", from_offset`,
    );
    const windows = new Map(
      pipeline.windows.map(({ table }) => [
        formatTableName(table),
        { rows: tables.relation(table), late: tables.relation(siblingTable(table, 'late')) },
      ]),
    );
    const reports = [
      checkTiling(ledger, progress),
      ...(await checkRows(session, relations, ledger)),
      await checkValues(session, {
        raw: relations.raw,
        metadata: loaded(raw).metadata,
        columns: valueColumns(pipeline, loaded(raw).metadata),
        ledger,
        dropped: false,
      }),
      await checkLate(session, {
        raw: relations.raw,
        tables: [...windows].map(([name, { late }]) => ({ name, rows: late })),
        dropped: [],
        ledger,
        droppedBeforeMs: undefined,
      }),
      await checkWatermark(session, { ledger: tables.relation(batches), progress, windows: pipeline.windows }),
      await checkWindows(session, { pipeline, progress, relations: { raw: relations.raw, tables: windows } }),
      await checkCommits(lake, {
        hash,
        pipeline: pipeline.name,
        table: raw,
        tables: tables.loaded,
        dropped: [],
        ledger,
      }),
    ];
    const problems = reports.flatMap(({ name, problems: list }) =>
      list.map(({ message }) => `verify, ${name}: ${message}`),
    );
    if (problems.length > 0) throw new Divergence(problems.slice(0, 6).join('\n  '));
  } finally {
    await tables.release();
  }
}

const text = (column: string): string => (column === micros('t') ? column : `${column}::varchar`);
