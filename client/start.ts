/** Starting a procedure, or joining the run that is under way. */
import { randomUUID } from 'node:crypto';
import {
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowStartOptions,
  type WorkflowUpdateHandle,
} from '@temporalio/client';
import {
  ApplicationFailure,
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowIdConflictPolicy,
} from '@temporalio/common';
import type { GenerateActivationKeyInput } from '../domain/activation-input.ts';
import { deviceKey, workflowIdOf, type DeviceId } from '../domain/device.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import { awaitActivationKeyUpdate } from '../workflows/messages.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { statusCommand } from './commands.ts';
import { AseError, operationFailed } from './errors.ts';
import { acceptInput, type ProcedureInput, type ProcedureName } from './procedures.ts';
import { explainSilence, findOtherProcedure, noWorker } from './situation.ts';
import { describe, readStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

export type Started = {
  deviceId: string;
  workflowId: string;
  runId: string;
  /** False: it was under way already, with the input it was started with. */
  started: boolean;
};

export type WaitOptions = {
  /** How long to wait for the answer; default: half an hour. The operation goes on after that. */
  deadline?: Date;
  /** Calls with the same id are one request, also after a lost answer. */
  requestId?: string;
};

/** The one procedure that is joined where it runs already: any number of starts end with one key. */
const activation = 'generateActivationKey';

/** Only this client says what it started and what it joined; Temporal's own attach is silent. */
export const startActivation = async (temporal: Temporal, input: GenerateActivationKeyInput): Promise<Started> => {
  const device = acceptInput(activation, input);
  for (;;) {
    const started = await startNew(temporal, activation, device, input);
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device, activation);
    if (busy) throw busy;
    const { status, workflowId, runId } = await describe(temporal, device);
    // One that ended in this very moment is nothing to join.
    if (status.name === 'RUNNING') return { deviceId: device.id, workflowId, runId, started: false };
  }
};

/** Starts a procedure on a device that is free. @throws AseError DeviceBusy, saying what runs and how to end it */
export const startProcedure = async <N extends ProcedureName>(
  temporal: Temporal,
  procedure: N,
  device: DeviceId,
  input: ProcedureInput<N>,
): Promise<Started> => {
  for (;;) {
    const started = await startNew(temporal, procedure, device, input);
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device);
    if (busy) throw busy;
    // It ended in this very moment: the device is free.
  }
};

const startNew = async <N extends ProcedureName>(
  { client, config, within }: Temporal,
  procedure: N,
  device: DeviceId,
  input: ProcedureInput<N>,
): Promise<Started | undefined> => {
  try {
    const options = startOptions(config.taskQueue, device, input, 'FAIL');
    const handle = await within(() => client.workflow.start(procedure, options));
    return { deviceId: device.id, workflowId: handle.workflowId, runId: handle.firstExecutionRunId, started: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
};

type StartOptions = WorkflowStartOptions & { workflowIdConflictPolicy: WorkflowIdConflictPolicy };

const startOptions = (
  taskQueue: string,
  device: DeviceId,
  input: ProcedureInput<ProcedureName>,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy,
): StartOptions => ({
  workflowId: workflowIdOf(device),
  workflowIdConflictPolicy,
  taskQueue,
  args: [input],
  staticSummary: `${device.name} (${device.resourceGroup})`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: searchAttributes.device, value: deviceKey(device) },
    { key: searchAttributes.phase, value: 'working' },
  ]),
});

const halfAnHour = 30 * 60_000;
/** So long a worker may take to accept; then it is asked whether there is one. */
const acceptTimeout = 10_000;

/** The reference of the activation key, as soon as the key exists; any number of callers share one run. */
export const awaitActivationKey = async (
  temporal: Temporal,
  input: GenerateActivationKeyInput,
  { deadline = new Date(Date.now() + halfAnHour), requestId = randomUUID() }: WaitOptions,
): Promise<ActivationKeyRef> => {
  const device = acceptInput(activation, input);
  try {
    const update = await askForKey(temporal, device, input, { deadline, requestId });
    return await temporal.connection.withDeadline(deadline, () => update.result());
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw await explainRefusal(temporal, device, error);
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) throw await explainSilence(temporal, device);
    throw error;
  }
};

/** Asked again under the same id until a worker accepts: the server forgets what is not accepted when it restarts. */
const askForKey = async (
  temporal: Temporal,
  device: DeviceId,
  input: GenerateActivationKeyInput,
  { deadline, requestId }: Required<WaitOptions>,
): Promise<WorkflowUpdateHandle<ActivationKeyRef>> => {
  const { client, config } = temporal;
  for (;;) {
    const options = startOptions(config.taskQueue, device, input, 'USE_EXISTING');
    const startWorkflowOperation = new WithStartWorkflowOperation(activation, options);
    const left = deadline.getTime() - Date.now();
    try {
      return await temporal.within(
        () =>
          client.workflow.startUpdateWithStart(awaitActivationKeyUpdate, {
            startWorkflowOperation,
            waitForStage: 'ACCEPTED',
            updateId: requestId,
          }),
        Math.min(left, acceptTimeout),
      );
    } catch (error) {
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) || left <= acceptTimeout) throw error;
      const busy = await findOtherProcedure(temporal, device, activation);
      if (busy) throw busy;
      const { worker } = await readStatus(temporal, device);
      if (!worker) throw noWorker(device, config);
    }
  }
};

const explainRefusal = async (
  temporal: Temporal,
  device: DeviceId,
  error: WorkflowUpdateFailedError,
): Promise<AseError> => {
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? (cause.type ?? 'Unexpected') : 'Unexpected';
  const message = cause?.message ?? error.message;
  if (type === 'TooManyWaiters') {
    return new AseError('TooManyWaiters', message, `Look instead: ${statusCommand(device, temporal.config)} --watch`);
  }
  // Another procedure knows nothing of this update, and says so with a type that means nothing.
  const busy = await findOtherProcedure(temporal, device, activation);
  if (busy) return busy;
  if (type === 'AcceptedUpdateCompletedWorkflow') return explainSilence(temporal, device);
  return operationFailed(type, message, error);
};
