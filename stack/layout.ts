import path from 'node:path';
import type { SluiceConfig } from '../base/config';

/** The clone's top folder: own processes run here. */
export const projectRoot = path.resolve(__dirname, '..');

/** Where a stack keeps its things; all absolute. */
export interface StackLayout {
  readonly home: string;
  /** Installed servers; several stacks may share one. */
  readonly install: string;
  readonly data: string;
  readonly log: string;
  readonly run: string;
}

/** `installDirectory` is SLUICE_STACK_DIR, or `<home>/stack`. */
export function stackLayout(config: Pick<SluiceConfig, 'home'>, installDirectory?: string): StackLayout {
  const { home } = config;
  return {
    home,
    install: path.resolve(installDirectory ?? path.join(home, 'stack')),
    data: path.join(home, 'data'),
    log: path.join(home, 'log'),
    run: path.join(home, 'run'),
  };
}
