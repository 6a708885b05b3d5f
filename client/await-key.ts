/** The reference of an activation key, as soon as the key exists, while its procedure may still have work to do. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WithStartWorkflowOperation,
  type WorkflowExecutionDescription,
  WorkflowUpdateFailedError,
  type WorkflowUpdateHandle,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { DeviceId } from '../domain/device.ts';
import type { GenerateActivationKeyInput } from '../domain/inputs.ts';
import type { RegenerateActivationKeyInput } from '../domain/regeneration.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { type Waiting, awaitActivationKeyUpdate } from '../workflows/messages.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError, operationFailed } from './errors.ts';
import { explainSilence, findOtherProcedure } from './explain.ts';
import { type ProcedureName, acceptInput } from './procedures.ts';
import { type RequestOptions, type RequestedRun, acceptRequestId, findRequested } from './requests.ts';
import { awaitResult } from './result.ts';
import { acceptDeadline } from './of-run.ts';
import { silenceOf } from './situation.ts';
import { activation, startOptions, startProcedure } from './start.ts';
import { describe, readStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

export type WaitOptions = RequestOptions & {
  /** How long to wait for the answer; default: half an hour. The operation goes on after that. */
  deadline?: Date;
};

const halfAnHour = 30 * 60_000;

type Question = {
  procedure: ProcedureName;
  device: DeviceId;
  /** The run that is asked, where it is a certain one. */
  runId?: string;
  /** Asks once; answers when a worker has taken the question. */
  ask: (updateId: string) => Promise<AskedForKey>;
};

type Wait = { deadline: Date; requestId: string | undefined };
type Asked = { deadline: Date; requestId: string };

type AskedForKey = WorkflowUpdateHandle<ActivationKeyRef | Waiting>;

/** Starts an activation or joins it; any number of callers share one run. */
export const awaitActivationKey = async (
  temporal: Temporal,
  input: GenerateActivationKeyInput,
  wait: WaitOptions,
): Promise<ActivationKeyRef> => {
  const device = acceptInput(activation, input);
  const requestId = acceptRequestId(wait);
  const deadline = acceptDeadline(wait, halfAnHour);
  const begun = await findRequested(temporal, device, activation, requestId);
  if (begun) return awaitKey(temporal, questionTo(temporal, activation, device, begun), { requestId, deadline });
  const { client, config } = temporal;
  const request = { procedure: activation, device, input, requestId } as const;
  const ask = (updateId: string) => {
    const options = startOptions(config.taskQueue, request, 'USE_EXISTING');
    const startWorkflowOperation = new WithStartWorkflowOperation(activation, options);
    return client.workflow.startUpdateWithStart(awaitActivationKeyUpdate, {
      startWorkflowOperation,
      waitForStage: 'ACCEPTED',
      updateId,
    });
  };
  return awaitKey(temporal, { procedure: activation, device, ask }, { requestId, deadline });
};

/** Starts a regeneration on a device that is free, unless the request has begun it before. */
export const awaitRegeneratedKey = async (
  temporal: Temporal,
  input: RegenerateActivationKeyInput,
  wait: WaitOptions,
): Promise<ActivationKeyRef> => {
  const procedure = 'regenerateActivationKey';
  const deadline = acceptDeadline(wait, halfAnHour);
  const run = await startProcedure(temporal, { procedure, input }, wait);
  return awaitKey(temporal, questionTo(temporal, procedure, acceptInput(procedure, input), run), {
    requestId: wait.requestId,
    deadline,
  });
};

const questionTo = (
  { client }: Temporal,
  procedure: ProcedureName,
  device: DeviceId,
  { workflowId, runId }: RequestedRun,
): Question => ({
  procedure,
  device,
  runId,
  ask: (updateId) =>
    client.workflow
      .getHandle(workflowId, runId)
      .startUpdate(awaitActivationKeyUpdate, { waitForStage: 'ACCEPTED', updateId }),
});

/** So long a worker may take to accept; then it is asked whether there is one. */
const acceptTimeout = 10_000;

/** Sends one update, which a worker answers within a minute. A caller without a key then watches the run, and sends it nothing. */
const awaitKey = async (
  temporal: Temporal,
  question: Question,
  { deadline, requestId = randomUUID() }: Wait,
): Promise<ActivationKeyRef> => {
  const answer = await askOnce(temporal, question, { deadline, requestId });
  return 'runId' in answer ? watchForKey(temporal, question.device, answer.runId, deadline) : answer;
};

/** The key, or the run that is to be watched for it. */
const askOnce = async (
  temporal: Temporal,
  question: Question,
  wait: Asked,
): Promise<ActivationKeyRef | { runId: string }> => {
  const { device, runId } = question;
  try {
    const update = await askUntilAccepted(temporal, question, wait);
    const answer = await temporal.until(wait.deadline, () => update.result());
    if (!('waiting' in answer)) return answer;
    return { runId: update.workflowRunId ?? (await describe(temporal, device, runId)).runId };
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw await explainSilence(temporal, device, runId);
    if (hasEnded(error) && runId !== undefined) return { runId };
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    if (typeOf(error) === 'TooManyQuestions') return { runId: (await describe(temporal, device, runId)).runId };
    throw await explainRefusal(temporal, question, error);
  }
};

/** The run has ended without having been asked, or without having answered. */
const hasEnded = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError ||
  (error instanceof WorkflowUpdateFailedError && typeOf(error) === 'AcceptedUpdateCompletedWorkflow');

const typeOf = ({ cause }: WorkflowUpdateFailedError): string =>
  (cause instanceof ApplicationFailure ? cause.type : undefined) ?? 'Unexpected';

/** Asked again under the same id until a worker accepts: the server forgets what is not accepted when it restarts. */
const askUntilAccepted = async (
  temporal: Temporal,
  { procedure, device, runId, ask }: Question,
  { deadline, requestId }: Asked,
): Promise<AskedForKey> => {
  for (;;) {
    const left = deadline.getTime() - Date.now();
    try {
      return await temporal.within(() => ask(requestId), Math.min(left, acceptTimeout));
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) || left <= acceptTimeout) throw error;
      const busy = runId === undefined && (await findOtherProcedure(temporal, device, { procedure }));
      if (busy) throw busy;
      const silent = silenceOf(device, await readStatus(temporal, device, runId), temporal.config);
      if (silent) throw silent;
    }
  }
};

const explainRefusal = async (
  temporal: Temporal,
  { procedure, device, runId }: Question,
  error: WorkflowUpdateFailedError,
): Promise<AseError> => {
  const type = typeOf(error);
  const message = error.cause?.message ?? error.message;
  if (type === 'TooManyWaiters') {
    const actions = [{ action: 'result', deviceId: device.id }] as const;
    return new AseError('TooManyWaiters', message, 'Wait for its end instead.', { actions, cause: error });
  }
  // Another procedure knows nothing of this update, and says so with a type that means nothing.
  const busy = runId === undefined && (await findOtherProcedure(temporal, device, { procedure }));
  if (busy) return busy;
  if (type === 'AcceptedUpdateCompletedWorkflow') return explainSilence(temporal, device);
  return operationFailed(device, { type, message }, error);
};

// The rest of a long wait for an activation key: the caller looks at the run, which costs it no event and no place.

/** Pause between two looks, after so many milliseconds of looking: from two seconds to half a minute. */
export const pause = (lookingFor: number): number => Math.min(Math.max(lookingFor / 20, 2_000), 30_000);

/**
 * Checks until the run has a key or has ended, also through a restart of the server.
 * @throws AseError OperationFailed, or why there is no key at the deadline
 */
export const watchForKey = async (
  temporal: Temporal,
  device: DeviceId,
  runId: string,
  deadline: Date,
): Promise<ActivationKeyRef> => {
  const since = Date.now();
  for (;;) {
    const key = await look(temporal, device, runId).catch(ignoreAbsence);
    if (key) return key;
    const left = deadline.getTime() - Date.now();
    if (left <= 0) throw await explainSilence(temporal, device, runId);
    await delay(Math.min(pause(Date.now() - since), left));
  }
};

const ignoreAbsence = (error: unknown): undefined => {
  if (!(error instanceof AseError) || error.type !== 'TemporalUnreachable') throw error;
};

/** Asks a worker only where there is something to hear. */
const look = async (temporal: Temporal, device: DeviceId, runId: string): Promise<ActivationKeyRef | undefined> => {
  const description = await describe(temporal, device, runId);
  if (description.status.name === 'COMPLETED') {
    const result = await awaitResult(temporal, device, { runId });
    return 'activationKey' in result ? result.activationKey : undefined;
  }
  if (description.status.name === 'RUNNING' && !hasKey(description)) return undefined;
  const { activationKey, failure } = await readStatus(temporal, device, runId);
  // Who was given the key before the run ended badly has it, and so has everybody who asks with him.
  if (activationKey) return activationKey;
  if (failure) throw operationFailed(device, failure);
  return undefined;
};

/** In whatever phase: with its key out, a run may still be blocked at what is left to do. */
const hasKey = ({ typedSearchAttributes }: WorkflowExecutionDescription): boolean =>
  typedSearchAttributes.get(searchAttributes.keyExpiry) !== undefined;
