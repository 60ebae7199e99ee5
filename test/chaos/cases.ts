import { amendingCases, branchCases } from './amending-cases';
import { batchCases } from './batch-cases';
import type { ChaosCase } from './case';
import { productCases } from './product-cases';
import { upkeepCases } from './upkeep-cases';

/** The table: every case has a name of its own, and is run again by it. */
export const chaosCases: readonly ChaosCase[] = [
  ...productCases,
  ...batchCases,
  ...branchCases,
  ...amendingCases,
  ...upkeepCases,
];

/** Those whose name contains one of the texts, whatever its case; all when there is none. */
export function casesNamed(only: readonly string[], cases: readonly ChaosCase[] = chaosCases): readonly ChaosCase[] {
  if (only.length === 0) return cases;
  return cases.filter(({ name }) => only.some((part) => name.toLowerCase().includes(part.toLowerCase())));
}
