import type { ProxiedAnswer, ProxiedRequest, Treatment } from './http-proxy';
import type { RequestFault } from './case';

export interface RequestFaultInput {
  readonly fault: RequestFault;
  readonly holdMs: number;
  /** Runs while the client still waits: what else shall fail at this very moment. */
  readonly strike: () => Promise<void>;
  /** The request is done with, and this is what became of it; called once. */
  readonly settled: (note: string) => void;
}

/** What a fault does to a request. */
export function treatmentOf(request: ProxiedRequest, input: RequestFaultInput): Treatment {
  const { fault, holdMs, strike, settled } = input;
  let first = '';
  const applied = async (answer: ProxiedAnswer): Promise<void> => {
    await strike();
    settled(`${request.kind}: applied with ${describeAnswer(answer)}, then ${fault}`);
  };
  const delivered = (answer: ProxiedAnswer | Error): void =>
    settled(`${request.kind} delivered after ${holdMs / 1000} s: ${describeAnswer(answer)}`);
  switch (fault) {
    case 'answer lost':
      return { kind: 'lose answer', applied };
    case '503 after applying':
      return { kind: 'answer 503', applied };
    case 'delivered twice':
      return {
        kind: 'deliver twice',
        applied: async (answer) => {
          first = describeAnswer(answer);
          await strike();
        },
        again: (answer) => settled(`${request.kind}: ${first}, and the second time ${describeAnswer(answer)}`),
      };
    case 'held back':
      return { kind: 'hold back', forMs: holdMs, held: strike, delivered };
    case 'delayed':
      void strike();
      return { kind: 'delay', forMs: holdMs, delivered };
    case 'broken off half way':
      void strike().then(() => settled(`${request.kind}: broken off half way`));
      return { kind: 'break off' };
  }
}

/** Status and, for Nessie, what it says: `409 REFERENCE_CONFLICT`, `200 applied`, `200 nothing new`. */
export function describeAnswer(answer: ProxiedAnswer | Error): string {
  if (answer instanceof Error) return `no answer (${answer.message})`;
  const text = answer.body.toString('utf8');
  const code = /"errorCode"\s*:\s*"([A-Z_]+)"/.exec(text)?.[1];
  const applied = /"wasApplied"\s*:\s*(true|false)/.exec(text)?.[1];
  const detail = code ?? (applied === undefined ? undefined : applied === 'true' ? 'applied' : 'nothing new');
  return detail === undefined ? String(answer.status) : `${answer.status} ${detail}`;
}
