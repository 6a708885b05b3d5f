/** How an update ended, as text; a refusal is an end too. */
export type SentUpdate = { end: () => Promise<string> };

/** What a scenario can do to its workflow and see of it, whoever plays the server. */
export type Actor = {
  signal: (name: string, ...args: unknown[]) => Promise<void>;
  /** Resolves when the update is accepted or refused. */
  update: (name: string, args: unknown[], id?: string) => Promise<SentUpdate>;
  query: (name: string) => Promise<string>;
  cancel: () => Promise<void>;
  terminate: () => Promise<void>;
  start: (workflow: string, args: unknown[], conflictPolicy: 'FAIL' | 'USE_EXISTING') => Promise<string>;
  startWithUpdate: (
    workflow: string,
    args: unknown[],
    conflictPolicy: 'FAIL' | 'USE_EXISTING',
    update: { name: string; args: unknown[]; id: string },
  ) => Promise<SentUpdate>;
  /** Until the query `phase` answers that. */
  reaches: (phase: string) => Promise<void>;
  /** Until the activity runs, or waits for its next attempt. */
  activityIs: (state: 'running' | 'backing off') => Promise<void>;
  /** How the workflow ended, as text. */
  ends: () => Promise<string>;
};

export type Scenario = {
  name: string;
  workflow: string;
  args?: unknown[];
  /** Beside the workflow; returns what it has seen, which is compared too. */
  play?: (actor: Actor) => Promise<unknown>;
};

/** All that the two stages must agree on. */
export type Report = { outcome: string; seen: unknown; attributes: Record<string, unknown>; historyEvents: number };

/** An error with its causes and with what tells them apart; a client's own wrapping is left out. */
export function describe(error: unknown): string {
  const links: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'WorkflowUpdateFailedError' || at.name === 'WorkflowFailedError') continue;
    const { type, retryState, timeoutType } = at as { type?: string; retryState?: string; timeoutType?: string };
    links.push(`${at.name}(${[type, retryState, timeoutType, at.message].filter(Boolean).join(', ')})`);
  }
  return links.join(' < ');
}

export const asText = (result: Promise<unknown>): Promise<string> =>
  result.then((value) => `got ${JSON.stringify(value)}`, describe);

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
