/** One decision about many blocked operations: each is asked again whether it still fits, and told at a pace that Azure bears. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { oneOf, readRetryInput, shortText } from '../domain/inputs.ts';
import { shown } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import type { Decision, Status } from '../workflows/messages.ts';
import type { FoundBlocked } from './blocked.ts';
import { decisions, retryFields, sendSignal, sendUpdate, type DecisionRequest } from './decide.ts';
import { AseError, reading } from './errors.ts';
import { askProgress } from './status.ts';
import { createPolledQueues, isOfServer, type Temporal } from './temporal.ts';

/** A decision about whatever is blocked as it was found. */
export type ManyDecision = Omit<DecisionRequest, 'deviceId' | 'runId' | 'step'>;

export type ManyRequest = ManyDecision & {
  /** As `findBlocked` answers. */
  found: readonly FoundBlocked[];
};

/**
 * The result for one operation.
 *
 * - `applied`: the block took the decision.
 * - `signalled`: no worker answered; the first decision that waits for the block is applied when a worker answers.
 * - `decided before`: another decision, or an earlier one of the same batch, is being applied.
 * - `gone`: the operation is no longer blocked in this way, or has ended.
 * - `refused`: the block does not accept such a decision.
 * - `failed`: Temporal returned an error; whether the decision was applied is unknown.
 */
export type Outcome = 'applied' | 'signalled' | 'decided before' | 'gone' | 'refused' | 'failed';

export type DecisionOutcome = FoundBlocked & {
  /** Number of the block that was decided about, where a worker told it. */
  block?: number;
  outcome: Outcome;
  /** Of all outcomes but `applied`. */
  because?: string;
  /** ISO time, UTC. */
  at: string;
};

export type ManyOptions = {
  /** Ends it: what is under way is seen to its end, nothing more is begun. */
  signal?: AbortSignal;
  /** Told each as it is known. */
  onOutcome?: (outcome: DecisionOutcome) => void;
};

/** Decisions under way at once: each waits for an answer of the worker, which has other work to do. */
const atOnce = 4;
/**
 * Milliseconds between two decisions that let an operation go on: it writes to Azure some eight times, and a subscription
 * takes ten writes a second in the long run (token bucket of ARM, 200 at once and 10/s).
 */
const pace = 800;
/** So many operations that do not answer in a row, and the worker counts as gone for the rest. */
const mostSilences = 3;

type Batch = {
  temporal: Temporal;
  request: ManyDecision;
  isAnyPolling: (taskQueue: string) => Promise<boolean>;
  /** By task queue. */
  silences: Map<string, number>;
};

/**
 * Sends one decision to many blocks. Safe to repeat and to interrupt: a block takes exactly one decision, and
 * operations whose block has changed are skipped.
 * @throws AseError InvalidInput, before the first decision; TemporalUnreachable or TemporalRefused, when the rest is
 * skipped
 */
export const decideMany = async (
  temporal: Temporal,
  { found, ...request }: ManyRequest,
  { signal = new AbortController().signal, onOutcome = () => undefined }: ManyOptions,
): Promise<DecisionOutcome[]> => {
  const batch = {
    temporal,
    request: readRequest(found, request),
    isAnyPolling: createPolledQueues(temporal),
    silences: new Map<string, number>(),
  };
  const outcomes: DecisionOutcome[] = [];
  const away = new AbortController();
  const enough = AbortSignal.any([signal, away.signal]);
  const turn = createTurns(request.decision === 'abort' ? 0 : pace, enough);
  const queue = [...found];
  const lane = async (): Promise<void> => {
    while (queue.length > 0 && (await turn())) {
      const next = queue.shift();
      if (!next) return;
      const { lost, ...verdict } = await decideOrTell(batch, next);
      const outcome = { ...next, ...verdict, at: new Date().toISOString() };
      outcomes.push(outcome);
      onOutcome(outcome);
      if (lost) away.abort(lost);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (away.signal.aborted) throw away.signal.reason;
  return outcomes;
};

const readRequest = (found: unknown, { decision, by, reason, input }: ManyDecision): ManyDecision =>
  reading(() => {
    if (!Array.isArray(found)) {
      throw new Refusal('InvalidInput', `found must be a list, as findBlocked answers; got ${shown(found)}`);
    }
    return {
      decision: oneOf('decision', decision, decisions),
      by: shortText('by', by),
      ...(reason === undefined ? {} : { reason: shortText('reason', reason) }),
      ...(input === undefined ? {} : { input: readRetryInput(input, retryFields) }),
    };
  });

/** False when nothing more is to be begun. */
const createTurns = (interval: number, enough: AbortSignal): (() => Promise<boolean>) => {
  let free = Date.now();
  return async () => {
    const at = Math.max(free, Date.now());
    free = at + interval;
    await delay(at - Date.now(), undefined, { signal: enough }).catch(() => undefined);
    return !enough.aborted;
  };
};

type Verdict = { outcome: Outcome; because?: string; block?: number };

/** What goes wrong with one is told; `lost` when Temporal itself is out of reach, and the next one would wait in vain. */
const decideOrTell = async (batch: Batch, found: FoundBlocked): Promise<Verdict & { lost?: AseError }> => {
  const { temporal } = batch;
  const handle = temporal.client.workflow.getHandle(found.workflowId, found.runId);
  try {
    return await decideOne(batch, found, handle);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError && !(await isRunning(temporal, handle))) return ended;
    const because = error instanceof Error ? error.message : String(error);
    return { outcome: 'failed', because, ...(isOfServer(error) ? { lost: error } : {}) };
  }
};

const ended: Verdict = { outcome: 'gone', because: 'it has ended' };

/** A server that was restarted answers likewise for a decision that it has lost. */
const isRunning = ({ within }: Temporal, handle: WorkflowHandle): Promise<boolean> =>
  within(() => handle.describe()).then(
    ({ status }) => status.name === 'RUNNING',
    () => true,
  );

const decideOne = async (batch: Batch, found: FoundBlocked, handle: WorkflowHandle): Promise<Verdict> => {
  const { temporal, request } = batch;
  const seen = await ask(batch, found, handle);
  if (seen === 'silence') {
    await sendSignal(temporal, handle, { ...request, ...blockAsFound(found) });
    return { outcome: 'signalled', because: `no worker answers on the task queue "${found.taskQueue}"` };
  }
  const before = objection(seen, found);
  if (before) return before;
  const { block } = seen.blocked ?? {};
  const decision = { ...request, step: blockAsFound(found).step, ...(block === undefined ? {} : { block }) };
  try {
    if (await sendUpdate(temporal, handle, decision, [{ action: 'surveyBlocked' }])) return applied(block);
  } catch (error) {
    if (!(error instanceof AseError) || error.type !== 'DecisionRefused') throw error;
    const now = await ask(batch, found, handle);
    const overtaken = now === 'silence' ? undefined : (objection(now, found) ?? blockedAnew(now, block));
    return overtaken ?? { ...applied(block), outcome: 'refused', because: error.message };
  }
  await sendSignal(temporal, handle, decision);
  return {
    ...applied(block),
    outcome: 'signalled',
    because: `no worker answered in time on the task queue "${found.taskQueue}"`,
  };
};

const applied = (block: number | undefined): Verdict => ({
  outcome: 'applied',
  ...(block === undefined ? {} : { block }),
});

/** The list holds names of steps and failures as the procedures wrote them. */
const blockAsFound = ({ step, failure }: FoundBlocked): Pick<Decision, 'step' | 'failure'> => ({ step, failure });

/** What it tells about itself now; the list may lag behind. */
const ask = async (
  { temporal, isAnyPolling, silences }: Batch,
  { taskQueue }: FoundBlocked,
  handle: WorkflowHandle,
): Promise<Status | 'silence'> => {
  const silent = silences.get(taskQueue) ?? 0;
  if (silent >= mostSilences || !(await isAnyPolling(taskQueue))) return 'silence';
  const { worker, progress } = await askProgress(temporal, handle);
  silences.set(taskQueue, worker ? 0 : silent + 1);
  if (!worker) return 'silence';
  if (progress) return progress;
  throw new Error('its state is unknown');
};

/** Why there is nothing to decide any more, or nothing. */
const objection = ({ blocked, decisions }: Status, { step, failure }: FoundBlocked): Verdict | undefined => {
  if (!blocked) return { outcome: 'gone', because: 'it is no longer blocked' };
  if (blocked.step !== step || blocked.failure !== failure) {
    return { outcome: 'gone', because: `it is now blocked at ${blocked.step} (${blocked.failure})` };
  }
  const earlier = decisions.findLast((each) => each.applied && each.step === step && each.at >= blocked.since);
  if (!earlier) return undefined;
  return { outcome: 'decided before', because: `${earlier.decision} by ${earlier.by}`, block: blocked.block };
};

/** Whether the block is over, although it was followed by another of its kind. */
const blockedAnew = ({ blocked }: Status, block: number | undefined): Verdict | undefined =>
  blocked?.block === block ? undefined : { ...applied(block), outcome: 'decided before', because: 'it came too late' };
