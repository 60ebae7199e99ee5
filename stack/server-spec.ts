import type { SluiceConfig } from '../base/config';
import type { StackLayout } from './layout';
import type { StackPorts } from './ports';
import type { StackSettings } from './settings';
import type { PartName } from './versions';

export const serverNames = ['kafka', 's3', 'nessie', 'temporal', 'router', 'worker'] as const;
export type ServerName = (typeof serverNames)[number];

/** The servers that Sluice talks to, without its own two processes. */
export const backendNames = ['kafka', 's3', 'nessie', 'temporal'] as const satisfies readonly ServerName[];

/** What a spec is made from. */
export interface StackContext {
  readonly config: SluiceConfig;
  readonly layout: StackLayout;
  readonly ports: StackPorts;
  readonly settings: StackSettings;
}

/** Answer of a server to "are you there". */
export type Probe =
  | { readonly ready: true; readonly version?: string; readonly detail?: string }
  | { readonly ready: false; readonly why: string };

export interface ServerCommand {
  readonly executable: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** All that `up`, `down`, `status` and `doctor` know of one server. */
export interface ServerSpec {
  readonly name: ServerName;
  /** For people: `Kafka 4.4.0`. */
  readonly title: string;
  /** What clients connect to, or a person opens. */
  readonly address: string;
  /** Every port it listens on, by what it is for. */
  readonly ports: Readonly<Record<string, number>>;
  readonly parts: readonly PartName[];
  /** Servers that must be ready first. */
  readonly after: readonly ServerName[];
  /** The settings name another place than this stack's: it is used, never started or stopped. */
  readonly external: boolean;
  /** Removed by `down({ wipe: true })`. */
  readonly dataDirectory: string | undefined;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Makes what the command needs: settings file, formatted storage. May be repeated. */
  readonly prepare?: (signal?: AbortSignal) => Promise<void>;
  readonly command: () => ServerCommand;
  /** One look at the server; never throws for one that does not answer. */
  readonly probe: () => Promise<Probe>;
  /** Once ready: what must be there for Sluice (bucket, search attributes). May be repeated. */
  readonly settle?: () => Promise<void>;
}
