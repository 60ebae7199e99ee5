import type { ChaosCase } from './case';
import { processCases } from './make-cases';
import type { Point } from './points';

const compaction: readonly Point[] = [
  'compaction: during rewrite',
  'compaction: after upload',
  'compaction: after commit',
  'compaction: before merge',
  'compaction: merge applied, answer lost',
  'compaction: after merge',
];
const expiry: readonly Point[] = ['expiry: before merge', 'expiry: merge applied, answer lost', 'expiry: after merge'];
const sweep: readonly Point[] = ['sweep: while marking', 'sweep: list written', 'sweep: half way through deleting'];
/** The activity of expiry and sweep may be silent for 30 s: it must stand still for longer. */
const awayMs = 36_000;
const always = { batch: 0 } as const;

/** Faults inside the upkeep of a table, while batches are published to it. */
export const upkeepCases: readonly ChaosCase[] = [
  ...processCases('worker', 'SIGKILL', [...compaction, ...expiry, ...sweep], always),
  ...processCases(
    'worker',
    'SIGSTOP',
    ['compaction: after upload', 'compaction: before merge', 'compaction: merge applied, answer lost'],
    always,
  ),
  ...processCases(
    'worker',
    'SIGSTOP',
    ['expiry: before merge', 'sweep: list written', 'sweep: half way through deleting'],
    { ...always, awayMs, suffix: ' for 36 s' },
  ),
  ...processCases(
    'worker',
    'network cut',
    [
      'compaction: during rewrite',
      'compaction: before merge',
      'compaction: after merge',
      'expiry: before merge',
      'sweep: half way through deleting',
    ],
    always,
  ),
  ...processCases(
    ['nessie'],
    'SIGKILL',
    [
      'compaction: before merge',
      'compaction: merge applied, answer lost',
      'expiry: before merge',
      'sweep: list written',
    ],
    always,
  ),
  ...processCases(
    ['s3'],
    'SIGKILL',
    ['compaction: after upload', 'sweep: while marking', 'sweep: half way through deleting'],
    always,
  ),
];
