import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceConfig } from '../base/config';
import { SluiceError, isSluiceError } from '../base/errors';
import { composeUp } from './docker';
import { exclusively } from './exclusive';
import { freeOffset } from './free-offset';
import { installParts } from './install';
import { launch, terminate, waitReady } from './launch';
import { readRunning } from './pid-file';
import type { RunningServer } from './pid-file';
import { describeOwner, isPortFree, portOwner } from './port-owner';
import type { PortOwner } from './port-owner';
import { withHeartbeat } from './progress';
import type { OnProgress } from './progress';
import type { ServerName, ServerSpec, StackContext } from './server-spec';
import type { StackSettings } from './settings';
import { serverSpecs, stackContext } from './specs';

export interface UpOptions {
  readonly config: SluiceConfig;
  /** All servers when undefined. */
  readonly only?: readonly ServerName[];
  /** As containers of docker-compose.yml in place of processes. */
  readonly docker?: boolean;
  readonly settings?: StackSettings;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface ServerUp {
  readonly name: ServerName;
  readonly title: string;
  readonly address: string;
  /** `external`: settings name a server outside this stack; it answers. */
  readonly outcome: 'started' | 'already running' | 'external';
  readonly pid: number | undefined;
  readonly elapsedMs: number;
}

/**
 * Starts what does not run yet, and waits until all of it is ready; what runs already is left alone. Servers start side by side; nothing is
 * started when any port is taken. A server that fails does not stop the others: it can be seen to, and `up` called again.
 * Throws PORT_TAKEN, MISSING_TOOL, INSTALL_FAILED, SERVER_FAILED, STORE_REFUSED, BAD_INPUT.
 */
export async function up(options: UpOptions): Promise<readonly ServerUp[]> {
  const context = stackContext(options.config, options.settings);
  const specs = serverSpecs(context, options.only);
  const onProgress = options.onProgress ?? (() => undefined);
  const { layout } = context;
  if (options.docker === true) return upInDocker({ specs, options, onProgress });
  return exclusively(
    {
      lockFile: path.join(layout.run, 'stack.lock'),
      signal: options.signal,
      onWait: (pid) =>
        onProgress({
          subject: 'stack',
          kind: 'step',
          text: `waiting for pid ${pid}, which starts or stops this stack`,
          elapsedMs: 0,
        }),
    },
    async () => {
      const toStart = specs.filter((spec) => !spec.external && readRunning(layout.run, spec.name) === undefined);
      await requireFreePorts(toStart);
      await installParts({
        installDirectory: layout.install,
        parts: [...new Set(toStart.flatMap((spec) => spec.parts))],
        onProgress,
        signal: options.signal,
      });
      return startAll({ specs, context, onProgress, signal: options.signal });
    },
  );
}

async function upInDocker(input: {
  readonly specs: readonly ServerSpec[];
  readonly options: UpOptions;
  readonly onProgress: OnProgress;
}): Promise<readonly ServerUp[]> {
  const startedMs = Date.now();
  await composeUp({ ...input.options, only: input.options.only, onProgress: input.onProgress });
  await Promise.all(input.specs.map((spec) => spec.settle?.()));
  const elapsedMs = Date.now() - startedMs;
  return input.specs.map(({ name, title, address }) => ({
    name,
    title,
    address,
    outcome: 'started',
    pid: undefined,
    elapsedMs,
  }));
}

/** Throws PORT_TAKEN that names each taken port, who has it, and the cure. */
async function requireFreePorts(specs: readonly ServerSpec[]): Promise<void> {
  const taken: string[] = [];
  let firstPort: number | undefined;
  for (const spec of specs) {
    for (const [use, port] of Object.entries(spec.ports)) {
      const owner = await ownerOfTaken(port);
      if (owner === 'free') continue;
      firstPort ??= port;
      taken.push(`port ${port} (${spec.name}, ${use}) is taken by ${describeOwner(owner)}`);
    }
  }
  if (taken.length === 0) return;
  const other = await freeOffset();
  throw new SluiceError('PORT_TAKEN', taken.join('; '), {
    cure: `End that process, or run this stack beside it with --port-offset ${other} (or SLUICE_PORT_OFFSET=${other}).`,
    context: { port: firstPort },
  });
}

/** A server that was killed just now may hold its ports for a moment longer, without an owner to be seen: that one is waited for. */
async function ownerOfTaken(port: number): Promise<PortOwner | undefined | 'free'> {
  for (const deadlineMs = Date.now() + 3000; ;) {
    if (await isPortFree(port)) return 'free';
    const owner = portOwner(port);
    if (owner?.pid !== undefined || Date.now() > deadlineMs) return owner;
    await sleep(50);
  }
}

interface StartInput {
  readonly context: StackContext;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal | undefined;
}

async function startAll(input: StartInput & { readonly specs: readonly ServerSpec[] }): Promise<readonly ServerUp[]> {
  const starts = new Map<ServerName, Promise<ServerUp>>();
  const start = async (spec: ServerSpec): Promise<ServerUp> => {
    await Promise.all(spec.after.map((name) => starts.get(name)));
    return startOne(spec, input);
  };
  for (const spec of input.specs) starts.set(spec.name, start(spec)); // in the order of serverNames: `after` names earlier ones
  const settled = await Promise.allSettled(starts.values());
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length > 0) throw firstCause(failures);
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** Servers that wait for a failed one reject with its error: the same error is said once. */
function firstCause(failures: readonly unknown[]): unknown {
  const distinct = [...new Set(failures)];
  const first = distinct[0];
  if (distinct.length === 1 || !isSluiceError(first)) return first;
  const messages = distinct.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  return new SluiceError(first.code, messages.join('\n'), {
    cause: first.cause,
    context: first.context,
    ...(first.cure === undefined ? {} : { cure: first.cure }),
  });
}

async function startOne(spec: ServerSpec, input: StartInput): Promise<ServerUp> {
  const { context, onProgress, signal } = input;
  const startedMs = Date.now();
  const found = spec.external ? undefined : readRunning(context.layout.run, spec.name);
  const outcome = spec.external ? 'external' : found === undefined ? 'started' : 'already running';
  let doing = outcome === 'started' ? 'starting' : 'looking whether it answers';
  const running = await withHeartbeat(
    { subject: spec.name, text: () => `${spec.title}: ${doing}`, onProgress },
    async () => {
      let server: RunningServer | undefined = found;
      if (outcome === 'started') {
        doing = 'preparing';
        await spec.prepare?.(signal);
        doing = 'starting';
        server = await launch(spec, context.layout);
      }
      try {
        const timeoutMs = spec.external ? 5000 : spec.startTimeoutMs;
        await waitReady({ spec, layout: context.layout, running: server, timeoutMs, signal });
        await spec.settle?.();
      } catch (error) {
        // Half started is not started: the next `up` begins anew. One that ran before is left as it was found.
        if (outcome === 'started' && server !== undefined) await terminate(spec, context.layout, server);
        throw error;
      }
      return server;
    },
  );
  const elapsedMs = Date.now() - startedMs;
  const text = outcome === 'started' ? `${spec.title} is ready` : `${spec.title}: ${outcome}`;
  onProgress({ subject: spec.name, kind: 'done', text: `${text} on ${spec.address}`, elapsedMs });
  return { name: spec.name, title: spec.title, address: spec.address, outcome, pid: running?.pid, elapsedMs };
}
