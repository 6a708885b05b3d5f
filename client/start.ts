/** Starting a procedure, or joining the run that is under way. */
import type { WorkflowStartOptions } from '@temporalio/client';
import {
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowIdConflictPolicy,
} from '@temporalio/common';
import type { GenerateActivationKeyInput } from '../domain/inputs.ts';
import { deviceKey, workflowIdOf, type DeviceId } from '../domain/device.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { acceptInput, type ProcedureInput, type ProcedureName } from './procedures.ts';
import { acceptRequestId, describeIfAny, findRequested, memoOf, type BeginOptions } from './requests.ts';
import { findOtherProcedure } from './explain.ts';
import { noWorkerToBegin } from './situation.ts';
import { findIgnored, type IgnoredInput } from './started-with.ts';
import { describe } from './status.ts';
import { isPolled, type Temporal } from './temporal.ts';

export type Started<N extends ProcedureName = ProcedureName> = {
  deviceId: string;
  procedure: N;
  workflowId: string;
  runId: string;
  /** False: it was under way already, or the request had begun it before; with the input it was started with. */
  started: boolean;
  /** With an activation that was under way: what this request asked for and the run does not follow. */
  ignored?: IgnoredInput[];
};

/** The one procedure that is joined where it runs already: any number of starts end with one key. */
export const activation = 'generateActivationKey';

/**
 * Starts or joins an activation. Only this client reports which of the two happened; Temporal's own attach is silent.
 */
export const startActivation = async (
  temporal: Temporal,
  input: GenerateActivationKeyInput,
  options: BeginOptions,
): Promise<Started<typeof activation>> => {
  const device = acceptInput(activation, input);
  const requestId = acceptRequestId(options);
  if (options.needsWorker) await assertWorker(temporal, device);
  for (;;) {
    const begun = await findRequested(temporal, device, activation, requestId);
    if (begun) return { deviceId: device.id, procedure: activation, ...begun, started: false };
    const started = await startNew(temporal, { procedure: activation, device, input, requestId });
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device, { procedure: activation });
    if (busy) throw busy;
    const { status, workflowId, runId } = await describe(temporal, device);
    // One that ended in this very moment is nothing to join, unless this request has begun it.
    if (status.name === 'RUNNING') {
      const ignored = await findIgnored(temporal, { workflowId, runId }, input);
      const joined = { deviceId: device.id, procedure: activation, workflowId, runId, started: false } as const;
      return ignored.length > 0 ? { ...joined, ignored } : joined;
    }
  }
};

/** Which procedure, and what goes into it. */
export type ProcedureRequest<N extends ProcedureName> = { procedure: N; input: ProcedureInput<N> };

/**
 * Starts a procedure on a device that is free, unless the request has begun it before.
 * @throws AseError DeviceBusy, saying what runs and how to end it · InvalidInput · with `needsWorker` NoWorker
 */
export const startProcedure = async <N extends ProcedureName>(
  temporal: Temporal,
  { procedure, input }: ProcedureRequest<N>,
  options: BeginOptions,
): Promise<Started<N>> => {
  const device = acceptInput(procedure, input);
  const requestId = acceptRequestId(options) ?? idIn(input);
  if (options.needsWorker) await assertWorker(temporal, device);
  for (;;) {
    const begun = await findRequested(temporal, device, procedure, requestId);
    if (begun) return { deviceId: device.id, procedure, ...begun, started: false };
    const started = await startNew(temporal, { procedure, device, input, requestId });
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device, { requestId });
    if (busy) throw busy;
    // It ended in this very moment, and the device is free; or the same call has just been made by somebody else.
  }
};

/** A run that nobody picks up would wait for ever, and only Temporal could end it. @throws AseError NoWorker */
const assertWorker = async (temporal: Temporal, device: DeviceId): Promise<void> => {
  if (await isPolled(temporal)) return;
  const latest = await describeIfAny(temporal, device);
  if (latest?.status.name !== 'RUNNING') throw noWorkerToBegin(temporal.config);
};

/** Where the input of a procedure names its request, too. */
const idIn = (input: ProcedureInput<ProcedureName>): string | undefined =>
  'requestId' in input ? input.requestId : undefined;

export type Request<N extends ProcedureName = ProcedureName> = {
  procedure: N;
  device: DeviceId;
  input: ProcedureInput<N>;
  requestId: string | undefined;
};

const startNew = async <N extends ProcedureName>(
  { client, config, within }: Temporal,
  request: Request<N>,
): Promise<Started<N> | undefined> => {
  const { procedure, device } = request;
  try {
    const options = startOptions(config.taskQueue, request, 'FAIL');
    const handle = await within(() => client.workflow.start(procedure, options));
    const { workflowId, firstExecutionRunId: runId } = handle;
    return { deviceId: device.id, procedure, workflowId, runId, started: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
};

type StartOptions = WorkflowStartOptions & { workflowIdConflictPolicy: WorkflowIdConflictPolicy };

export const startOptions = <N extends ProcedureName>(
  taskQueue: string,
  { procedure, device, input, requestId }: Request<N>,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy,
): StartOptions => ({
  workflowId: workflowIdOf(device),
  workflowIdConflictPolicy,
  taskQueue,
  // A regeneration keeps the id with the key it makes.
  args: [procedure === 'regenerateActivationKey' && requestId !== undefined ? { ...input, requestId } : input],
  ...memoOf(requestId),
  staticSummary: `${device.name} (${device.resourceGroup})`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: searchAttributes.device, value: deviceKey(device) },
    { key: searchAttributes.phase, value: 'working' },
  ]),
});
