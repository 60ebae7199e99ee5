import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.join(__dirname, '..');

interface Case {
  readonly file: string;
  readonly text: string;
}

/**
 * Rule ids that ESLint reports for each text, were it in that file. In a process of its own, since ESLint imports its configuration as an
 * ES module, and without type information, which the rules in question do not need.
 */
async function lint(cases: readonly Case[]): Promise<readonly (readonly string[])[]> {
  const script = `
    const { ESLint } = require('eslint');
    const rules = ['@typescript-eslint/no-restricted-imports', 'no-restricted-syntax', 'import-x/no-default-export'];
    const eslint = new ESLint({
      cwd: ${JSON.stringify(root)},
      ruleFilter: ({ ruleId }) => rules.includes(ruleId),
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } }, linterOptions: { reportUnusedDisableDirectives: 'off' } },
    });
    (async () => {
      const found = [];
      for (const { file, text } of JSON.parse(process.argv[1])) {
        const [result] = await eslint.lintText(text, { filePath: file });
        found.push(result.messages.map((message) => message.ruleId ?? message.message));
      }
      console.log(JSON.stringify(found));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, JSON.stringify(cases)], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout) as string[][];
}

const restricted = '@typescript-eslint/no-restricted-imports';

test('imports go one way', async () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['base/errors.ts', `import { parsePipeline } from '../pipeline/parse';`],
    ['pipeline/parse.ts', `import { openKafka } from '../stream/kafka/cluster';`],
    ['stream/kafka/cluster.ts', `import { loadTable } from '../../lake/lake';`],
    ['lake/iceberg/manifest.ts', `import type { Engine } from '../../engine/engine';`],
    ['lake/lake.ts', `export { openEngine } from '../engine/engine';`],
    ['engine/engine.ts', `import { createActivities } from '../activities';`],
    ['activities/plan-batch.ts', `import { openLog } from '../client/log';`],
    ['router/server.ts', `import { up } from '../stack/up';`],
    ['stack/up.ts', `import { openKafka } from '../stream/kafka/cluster';`],
    ['workers/main.ts', `import { demo } from '../client/demo';`],
    ['client/demo.ts', `import { run } from '../bench/run';`],
    ['workflows/batch.ts', `import { createActivities } from '../activities';`],
    ['workflows/batch.ts', `import type { Session } from '../engine/engine';`],
    ['workflows/batch.ts', `import { readFile } from 'node:fs/promises';`],
    ['workflows/batch.ts', `import { loadConfig } from '../base/config';`],
    ['workflows/batch.ts', `import { openKafka } from '../stream/kafka/cluster';`],
    ['workflows/batch.ts', `import { Client } from '@temporalio/client';`],
  ];
  const right: readonly (readonly [string, string])[] = [
    ['pipeline/parse.ts', `import { SluiceError } from '../base/errors';`],
    ['engine/decode.ts', `import type { Schema } from '../lake/iceberg/types';`],
    ['engine/decode.ts', `import { openThing } from './engine';`],
    ['activities/index.ts', `import { openEngine } from '../engine/engine';`],
    ['workflows/batch.ts', `import type { Activities } from '../activities';`],
    ['workflows/batch.ts', `import { proxyActivities } from '@temporalio/workflow';`],
    ['workflows/batch.ts', `import { ApplicationFailure } from '@temporalio/common';`],
    ['workflows/batch.ts', `import { advanceWatermark } from '../stream/watermark';`],
    ['workflows/batch.ts', `import { stateQuery } from './messages';`],
    ['client/demo.ts', `import { up } from '../stack/up';`],
    ['router/server.ts', `import { planScan } from '../lake/scan';`],
    ['bench/run.ts', `import { up } from '../stack/up';`],
    ['test/lake/lake.test.ts', `import { demo } from '../../client/demo';`],
  ];
  const found = await lint([...wrong, ...right].map(([file, text]) => ({ file, text })));
  expect(found).toEqual([...wrong.map(() => [restricted]), ...right.map(() => [])]);
});

test('import() and require() go the same way; no default exports but in configuration files', async () => {
  expect(
    await lint([
      { file: 'lake/lake.ts', text: `export const load = () => import('../engine/engine');` },
      { file: 'lake/lake.ts', text: `export const load = () => require('../engine/engine') as unknown;` },
      { file: 'lake/lake.ts', text: `export const load = () => import('some-package');` },
      { file: 'workflows/batch.ts', text: `export const load = () => import('./other');` },
      { file: 'lake/lake.ts', text: `export default 5;` },
      { file: 'eslint.config.mjs', text: `export default 5;` },
    ]),
  ).toEqual([
    ['no-restricted-syntax'],
    ['no-restricted-syntax'],
    [],
    ['no-restricted-syntax'],
    ['import-x/no-default-export'],
    [],
  ]);
});
