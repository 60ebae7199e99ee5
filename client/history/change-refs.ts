import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { isWorkBranch } from '../../lake/history/refs-holding';
import type { Lake } from '../../lake/lake';
import { checkRefName } from '../../lake/nessie/ref-path';
import type { NessieRef } from '../../lake/nessie/nessie';
import { withLake } from '../apply/with-lake';

type Kind = 'branch' | 'tag';

export interface CreateRefInput {
  readonly kind: Kind;
  readonly name: string;
  /** Where it begins; main's head by default. */
  readonly at?: string;
}

/** Makes a branch or tag. Throws BAD_INPUT for a name that cannot be one, CATALOG_CONFLICT for one that is taken, REF_NOT_FOUND. */
export async function createRef(config: SluiceConfig, { kind, name, at }: CreateRefInput): Promise<NessieRef> {
  return withLake(config, async (lake) => {
    const { nessie, mainBranch } = lake;
    await requireFreeName(lake, name);
    const { hash } = await nessie.resolve(at ?? mainBranch);
    return nessie.createRef({ name, type: kind === 'branch' ? 'BRANCH' : 'TAG', from: { hash } });
  });
}

/** Throws BAD_INPUT for a name that a person's branch or tag cannot have, CATALOG_CONFLICT for one that is taken. */
export async function requireFreeName({ nessie }: Pick<Lake, 'nessie'>, name: string): Promise<void> {
  checkRefName(name);
  if (isWorkBranch(name)) {
    throw new SluiceError(
      'BAD_INPUT',
      `"${name}" is formed like the branches that Sluice makes for its own work, and deletes`,
      { cure: 'Take another name.' },
    );
  }
  const standing = await nessie.tryGetRef(name);
  if (!standing) return;
  const type = standing.type.toLowerCase();
  throw new SluiceError('CATALOG_CONFLICT', `${type} ${name} exists, at ${standing.hash.slice(0, 12)}`, {
    cure: `Take another name, or delete it first: sluice ${type} delete ${name}`,
  });
}

export interface DeleteRefInput {
  readonly kind: Kind;
  readonly name: string;
  readonly force: boolean;
  readonly by: string;
  readonly why: string | undefined;
  /** Shown what goes; false leaves it. */
  agree(ref: NessieRef): Promise<boolean>;
}

/**
 * Deletes a branch or tag if the person agrees; false when not. Branches of work in progress need `force` and a reason, which is kept as a note in
 * main's log. Throws BAD_INPUT for main and for what is protected, REF_NOT_FOUND, CATALOG_CONFLICT when it moved meanwhile.
 */
export async function deleteRef(config: SluiceConfig, input: DeleteRefInput): Promise<NessieRef | undefined> {
  const { kind, name } = input;
  return withLake(config, async (lake) => {
    if (name === lake.mainBranch)
      throw new SluiceError('BAD_INPUT', `${name} is the branch that everyone reads: it cannot be deleted`);
    const ref = await lake.nessie.getRef(name);
    const found = ref.type.toLowerCase();
    if (found !== kind) {
      throw new SluiceError('BAD_INPUT', `${name} is a ${found}, not a ${kind}`, {
        cure: `sluice ${found} delete ${name}`,
      });
    }
    const why = kind === 'branch' && isWorkBranch(name) ? reasonFor(input) : undefined;
    if (!(await input.agree(ref))) return undefined;
    if (why !== undefined) await note(lake, { message: `delete branch ${name}: ${why}`, by: input.by, why });
    await lake.nessie.deleteRef(ref);
    return ref;
  });
}

function reasonFor({ name, force, why }: DeleteRefInput): string {
  if (force && why?.trim()) return why.trim();
  throw new SluiceError(
    'BAD_INPUT',
    `${name} holds work that is not on main yet: ${force ? 'deleting it needs a reason' : 'it is not deleted without --force and a reason'}`,
    {
      cure: name.startsWith('batch.')
        ? `Decide on the batch in place of it (sluice approve | reject), or: sluice branch delete ${name} --force --why "…"`
        : `It goes by itself when the work ends. Otherwise: sluice branch delete ${name} --force --why "…"`,
    },
  );
}

/** A commit that changes nothing: what a person did and why stands in the log. */
async function note(
  { nessie, mainBranch }: Pick<Lake, 'nessie' | 'mainBranch'>,
  { message, by, why }: { readonly message: string; readonly by: string; readonly why: string },
): Promise<void> {
  const { hash } = await nessie.getRef(mainBranch);
  const outcome = await nessie.commit({
    branch: mainBranch,
    baseHash: hash,
    message,
    properties: { 'sluice.note': 'branch deleted', 'sluice.by': by, 'sluice.why': why },
    // Nessie takes no commit without an operation; nobody changes this namespace.
    unchanged: [{ namespace: '', name: 'sluice' }],
  });
  if (outcome.outcome === 'committed') return;
  throw new SluiceError('COMMIT_UNKNOWN', `the note "${message}" could not be written: ${outcome.outcome}`, {
    cure: 'The branch was not deleted. Try again.',
    ...(outcome.outcome === 'unknown' && { cause: outcome.cause }),
  });
}
