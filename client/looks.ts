/** Looks at a device: procedures that write nothing, under ids of their own, beside whatever runs on it. */
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import {
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
  type Workflow,
  type WorkflowResultType,
} from '@temporalio/common';
import {
  readActivationInput,
  type GenerateActivationKeyInput,
  readDeviceInput,
  type DeviceInput,
} from '../domain/inputs.ts';
import { deviceKey, inspectionIdOf, parseDeviceId, previewIdOf, type DeviceId } from '../domain/device.ts';
import type { Posture } from '../domain/posture.ts';
import type { ActivationPreview } from '../domain/preview.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { AseError, reading } from './errors.ts';
import { acceptDeadline } from './of-run.ts';
import type { LookName, Workflows } from './procedures.ts';
import { silenceOf } from './situation.ts';
import { endedBadly } from './status.ts';
import { readTaskFailure } from './task-failure.ts';
import { isPolled, type Temporal } from './temporal.ts';
import { isTimeUp } from './grpc.ts';

export type LookOptions = {
  /** How long to wait for the answer; default: three minutes. */
  deadline?: Date;
};

const threeMinutes = 3 * 60_000;
/** So long a worker may take; then it is asked whether there is one. */
const patience = 10_000;

/** Reads the posture of a device. Concurrent callers share one read. */
export const inspect = async (temporal: Temporal, input: DeviceInput, options: LookOptions): Promise<Posture> => {
  const device = reading(() => parseDeviceId(readDeviceInput(input).deviceId));
  const deadline = acceptDeadline(options, threeMinutes);
  const look = { type: 'inspectDevice', workflowId: inspectionIdOf(device), input } as const;
  return answerOf(temporal, device, await start(temporal, device, look, 'USE_EXISTING'), deadline);
};

/** One after another: a plan that is under way may have been asked for with another input. */
export const preview = async (
  temporal: Temporal,
  input: GenerateActivationKeyInput,
  options: LookOptions,
): Promise<ActivationPreview> => {
  const device = reading(() => parseDeviceId(readActivationInput(input).deviceId));
  const deadline = acceptDeadline(options, threeMinutes);
  const look = { type: 'previewActivation', workflowId: previewIdOf(device), input } as const;
  for (;;) {
    try {
      return await answerOf(temporal, device, await start(temporal, device, look, 'FAIL'), deadline);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const other = temporal.client.workflow.getHandle(look.workflowId);
    await answerOf(temporal, device, other, deadline).catch(ignoreItsFailure);
  }
};

/** What became of somebody else's look is not ours to tell. */
const ignoreItsFailure = (error: unknown): void => {
  if (!(error instanceof AseError) || error.type !== 'OperationFailed') throw error;
};

type Look<N extends LookName> = { type: N; workflowId: string; input: Parameters<Workflows[N]>[0] };

const start = async <N extends LookName>(
  { client, config, within }: Temporal,
  device: DeviceId,
  { type, workflowId, input }: Look<N>,
  workflowIdConflictPolicy: 'USE_EXISTING' | 'FAIL',
): Promise<WorkflowHandle<Workflows[N]>> => {
  const { firstExecutionRunId } = await within(() =>
    client.workflow.start(type, {
      workflowId,
      workflowIdConflictPolicy,
      taskQueue: config.taskQueue,
      args: [input],
      staticSummary: `${device.name} (${device.resourceGroup})`,
      typedSearchAttributes: new TypedSearchAttributes([{ key: searchAttributes.device, value: deviceKey(device) }]),
    }),
  );
  return client.workflow.getHandle<Workflows[N]>(workflowId, firstExecutionRunId);
};

/** @throws AseError OperationFailed · NoWorker · StillRunning */
const answerOf = async <T extends Workflow>(
  temporal: Temporal,
  device: DeviceId,
  handle: WorkflowHandle<T>,
  deadline: Date,
): Promise<WorkflowResultType<T>> => {
  for (;;) {
    const until = Math.min(deadline.getTime(), Date.now() + patience);
    try {
      return await temporal.until(until, () => handle.result());
    } catch (error) {
      if (error instanceof WorkflowFailedError) throw endedBadly(device, error);
      if (!isTimeUp(error)) throw error;
    }
    const silent = await silenceAt(temporal, device, handle);
    if (silent) throw silent;
    if (Date.now() >= deadline.getTime()) throw stillLooking(device, handle);
  }
};

/** A look that somebody else began may be on another queue. */
const silenceAt = async (
  temporal: Temporal,
  device: DeviceId,
  handle: WorkflowHandle,
): Promise<AseError | undefined> => {
  const description = await temporal.within(() => handle.describe());
  const { taskQueue } = description;
  const taskFailure = await readTaskFailure(temporal, description);
  const polled = await isPolled(temporal, taskQueue);
  // It has had all the time that one look may take, and may take more.
  const worker = polled;
  return silenceOf(device, { taskQueue, worker, polled, ...(taskFailure ? { taskFailure } : {}) }, temporal.config);
};

const stillLooking = ({ name }: DeviceId, { workflowId }: WorkflowHandle): AseError =>
  new AseError(
    'StillRunning',
    `Azure has not returned the state of ${name} yet`,
    'Ask again, or see in Temporal what it waits for.',
    { actions: [{ action: 'describe', workflowId }] },
  );
