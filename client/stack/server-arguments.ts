import { SluiceError } from '../../base/errors';
import type { ServerName } from '../../stack/server-spec';
import { lazy } from '../lazy';

/** Server names as typed; undefined for none: all. Throws BAD_INPUT for an unknown one. */
export function serverArguments(names: readonly string[]): readonly ServerName[] | undefined {
  const { serverNames } = lazy.serverNames();
  const unknown = names.find((name) => !(serverNames as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new SluiceError('BAD_INPUT', `no server "${unknown}"`, { cure: `Name one of ${serverNames.join(', ')}.` });
  }
  return names.length === 0 ? undefined : (names as readonly ServerName[]);
}
