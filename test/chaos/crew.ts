import type { SluiceConfig } from '../../base/config';
import { startChaosWorker } from './chaos-process';
import type { ChaosWorker } from './chaos-process';
import type { HttpProxyInput } from './http-proxy';
import type { PointReached, WorkerPoint } from './points';
import { openWires } from './wires';
import type { Wires } from './wires';

/** A worker and what it is connected by. */
export interface Hand {
  readonly worker: ChaosWorker;
  readonly wires: Wires;
}

export interface HandInput {
  readonly point?: WorkerPoint;
  readonly onPoint?: (hand: Hand, reached: PointReached) => Promise<void>;
  readonly treat?: (hand: Hand, ...request: Parameters<HttpProxyInput['treat']>) => ReturnType<HttpProxyInput['treat']>;
}

/** The workers of one case. */
export interface Crew {
  hire(input?: HandInput): Promise<Hand>;
  kill(hand: Hand): void;
  /** Workers that ended without having been killed. */
  deserters(): readonly string[];
  /** Ends all that live, and says what was wrong with their end. */
  dismiss(): Promise<readonly string[]>;
  /** Kills all, whatever they do. */
  close(): Promise<void>;
  logs(): string;
  /** Of the worker with this process id. */
  nameOf(pid: number): string | undefined;
}

const STOP_LIMIT_MS = 120_000;

export function openCrew(config: SluiceConfig, bundleFile: string | undefined): Crew {
  const hands: Hand[] = [];
  const killed = new Set<Hand>();
  return {
    hire: async ({ point, onPoint, treat } = {}) => {
      const name = `worker ${hands.length + 1}`;
      // Both are asked only once the worker runs.
      const wires = await openWires(config, (request) => treat?.(hand, request));
      const worker = startChaosWorker({
        name,
        config: wires.config,
        bundleFile,
        point,
        onPoint: async (reached) => onPoint?.(hand, reached),
      });
      const hand: Hand = { worker, wires };
      hands.push(hand);
      return hand;
    },
    kill: (hand) => {
      killed.add(hand);
      hand.worker.kill();
    },
    deserters: () =>
      hands
        .filter((hand) => !killed.has(hand) && hand.worker.ended() !== undefined)
        .map(({ worker }) => `${worker.name} ended by itself with ${worker.ended()}`),
    dismiss: async () => {
      const ends = await Promise.all(
        hands.filter((hand) => !killed.has(hand)).map(({ worker }) => worker.stop(STOP_LIMIT_MS)),
      );
      return ends.filter((problem) => problem !== undefined);
    },
    close: async () => {
      for (const { worker } of hands) if (worker.ended() === undefined) worker.kill();
      await Promise.all(hands.map(({ wires }) => wires.close()));
    },
    nameOf: (pid) => hands.find(({ worker }) => worker.pid === pid)?.worker.name,
    logs: () => hands.map(({ worker }) => `--- ${worker.name}\n${worker.log()}`).join('\n'),
  };
}
