import type { SluiceConfig } from '../../../base/config';
import type { WorkedOff } from '../../work-off';
import type { Data } from '../data';
import { makeTopic } from '../make-topic';
import { measureWork } from './measure-work';

export interface Variant {
  readonly workers: number;
  readonly partitions: number;
}

export interface VariantFigures extends Variant {
  readonly runs: readonly WorkedOff[];
}

export interface VariantsInput {
  readonly config: SluiceConfig;
  readonly data: Data;
  readonly variants: readonly Variant[];
  readonly rounds: number;
  readonly signal: AbortSignal;
  say(text: string): void;
}

/** The same events by so many workers and over so many partitions, all variants in turn in each round. */
export async function measureVariants(input: VariantsInput): Promise<readonly VariantFigures[]> {
  const { config, data, variants, rounds, signal, say } = input;
  const runs = variants.map((): WorkedOff[] => []);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [at, { workers, partitions }] of variants.entries()) {
      say(`round ${round} of ${rounds}: ${workers} worker(s), ${partitions} partition(s)`);
      const topic = await makeTopic({ config, data, partitions, say });
      runs[at]!.push(await measureWork({ config, topic, partitions, workers, events: data.events, signal, say }));
    }
  }
  return variants.map((variant, at) => ({ ...variant, runs: runs[at]! }));
}

/** The usual one (1 worker, 4 partitions) stands in both lists. Pure. */
export function variantsOf(parts: readonly string[]): readonly Variant[] {
  const usual = { workers: 1, partitions: 4 };
  return [
    ...(parts.includes('partitions') ? [{ workers: 1, partitions: 1 }] : []),
    ...(parts.includes('partitions') || parts.includes('workers') ? [usual] : []),
    ...(parts.includes('partitions') ? [{ workers: 1, partitions: 16 }] : []),
    ...(parts.includes('workers') ? [{ workers: 2, partitions: 4 }] : []),
  ];
}
