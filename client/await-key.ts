/** The reference of an activation key, as soon as the key exists, while its procedure may still have work to do. */
import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { GenerateActivationKeyInput } from '../domain/activation-input.ts';
import type { DeviceId } from '../domain/device.ts';
import type { RegenerateActivationKeyInput } from '../domain/regeneration-input.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { awaitActivationKeyUpdate } from '../workflows/messages.ts';
import { statusCommand } from './commands.ts';
import { AseError, operationFailed } from './errors.ts';
import { acceptInput, type ProcedureName } from './procedures.ts';
import { explainSilence, findOtherProcedure, noWorker } from './situation.ts';
import { activation, startOptions, startProcedure } from './start.ts';
import { readStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

export type WaitOptions = {
  /** How long to wait for the answer; default: half an hour. The operation goes on after that. */
  deadline?: Date;
  /** Calls with the same id are one request, also after a lost answer. */
  requestId?: string;
};

type Question = {
  procedure: ProcedureName;
  device: DeviceId;
  /** Asks once; answers when a worker has taken the question. */
  ask: (updateId: string) => Promise<WorkflowUpdateHandle<ActivationKeyRef>>;
};

/** Starts an activation or joins it; any number of callers share one run. */
export const awaitActivationKey = async (
  temporal: Temporal,
  input: GenerateActivationKeyInput,
  wait: WaitOptions,
): Promise<ActivationKeyRef> => {
  const device = acceptInput(activation, input);
  const { client, config } = temporal;
  const ask = (updateId: string) => {
    const options = startOptions(config.taskQueue, device, input, 'USE_EXISTING');
    const startWorkflowOperation = new WithStartWorkflowOperation(activation, options);
    return client.workflow.startUpdateWithStart(awaitActivationKeyUpdate, {
      startWorkflowOperation,
      waitForStage: 'ACCEPTED',
      updateId,
    });
  };
  return awaitKey(temporal, { procedure: activation, device, ask }, wait);
};

/** Starts a regeneration on a device that is free. */
export const awaitRegeneratedKey = async (
  temporal: Temporal,
  input: RegenerateActivationKeyInput,
  wait: WaitOptions,
): Promise<ActivationKeyRef> => {
  const procedure = 'regenerateActivationKey';
  const device = acceptInput(procedure, input);
  const { workflowId, runId } = await startProcedure(temporal, procedure, device, input);
  const handle = temporal.client.workflow.getHandle(workflowId, runId);
  const ask = (updateId: string) =>
    handle.startUpdate(awaitActivationKeyUpdate, { waitForStage: 'ACCEPTED', updateId });
  return awaitKey(temporal, { procedure, device, ask }, wait);
};

const halfAnHour = 30 * 60_000;
/** So long a worker may take to accept; then it is asked whether there is one. */
const acceptTimeout = 10_000;

const awaitKey = async (
  temporal: Temporal,
  question: Question,
  { deadline = new Date(Date.now() + halfAnHour), requestId = randomUUID() }: WaitOptions,
): Promise<ActivationKeyRef> => {
  try {
    const update = await askUntilAccepted(temporal, question, { deadline, requestId });
    return await temporal.connection.withDeadline(deadline, () => update.result());
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw await explainRefusal(temporal, question, error);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
      throw await explainSilence(temporal, question.device);
    throw error;
  }
};

/** Asked again under the same id until a worker accepts: the server forgets what is not accepted when it restarts. */
const askUntilAccepted = async (
  temporal: Temporal,
  { procedure, device, ask }: Question,
  { deadline, requestId }: Required<WaitOptions>,
): Promise<WorkflowUpdateHandle<ActivationKeyRef>> => {
  for (;;) {
    const left = deadline.getTime() - Date.now();
    try {
      return await temporal.within(() => ask(requestId), Math.min(left, acceptTimeout));
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) || left <= acceptTimeout) throw error;
      const busy = await findOtherProcedure(temporal, device, procedure);
      if (busy) throw busy;
      const { worker } = await readStatus(temporal, device);
      if (!worker) throw noWorker(device, temporal.config);
    }
  }
};

const explainRefusal = async (
  temporal: Temporal,
  { procedure, device }: Question,
  error: WorkflowUpdateFailedError,
): Promise<AseError> => {
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : 'Unexpected';
  const message = cause?.message ?? error.message;
  if (type === 'TooManyWaiters') {
    return new AseError('TooManyWaiters', message, `Look instead: ${statusCommand(device, temporal.config)} --watch`);
  }
  // Another procedure knows nothing of this update, and says so with a type that means nothing.
  const busy = await findOtherProcedure(temporal, device, procedure);
  if (busy) return busy;
  if (type === 'AcceptedUpdateCompletedWorkflow') return explainSilence(temporal, device);
  return operationFailed(type, message, error);
};
