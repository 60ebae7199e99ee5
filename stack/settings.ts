import { z } from 'zod';
import { SluiceError } from '../base/errors';

/** What can be set about the servers themselves; read from the environment at the edge. */
export interface StackSettings {
  /** Where servers are installed; `<home>/stack` when undefined. Stacks of several clones may share one. */
  readonly installDirectory: string | undefined;
  /** JVM heap limits as java spells them, e.g. `512m`. */
  readonly kafkaHeap: string;
  readonly nessieHeap: string;
}

const heap = z.string().regex(/^[1-9]\d*[mMgG]$/, 'expected a size as 512m or 1g');
const schema = z.object({
  SLUICE_STACK_DIR: z.string().min(1).optional(),
  SLUICE_KAFKA_HEAP: heap.default('512m'),
  SLUICE_NESSIE_HEAP: heap.default('384m'),
});

/** Throws BAD_INPUT that names the variable. */
export function stackSettings(env: Readonly<Record<string, string | undefined>> = process.env): StackSettings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0]);
    throw new SluiceError('BAD_INPUT', `environment variable ${name}: ${issue?.message}, found "${env[name]}"`, {
      cure: `Set ${name} right or unset it.`,
    });
  }
  return {
    installDirectory: parsed.data.SLUICE_STACK_DIR,
    kafkaHeap: parsed.data.SLUICE_KAFKA_HEAP,
    nessieHeap: parsed.data.SLUICE_NESSIE_HEAP,
  };
}
