/** Where the running or last operation on a device stands. */
import {
  QueryNotRegisteredError,
  WorkflowFailedError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  TimeoutFailure,
  WorkflowNotFoundError,
} from '@temporalio/common';
import { deviceKey, workflowIdOf, type DeviceId } from '../domain/device.ts';
import type { AuditLogLeft } from '../domain/deletion.ts';
import type { ActivationKeyRef } from '../domain/secrets.ts';
import {
  statusQuery,
  type Block,
  type ConsentQuestion,
  type DecisionRecord,
  type Status,
  type StepRecord,
} from '../workflows/messages.ts';
import { phases, searchAttributes, type Phase } from '../workflows/search-attributes.ts';
import { AseError, operationFailed, type Ending } from './errors.ts';
import { readTaskFailure, type TaskFailure } from './task-failure.ts';
import { isPolled, type Temporal } from './temporal.ts';
import { codes, grpcCode } from './grpc.ts';

/** Without a worker step and failure are all that is known of a block. */
export type KnownBlock = Partial<Omit<Block, 'step'>> & { step: string; failure: string };

/** An activity that somebody has paused in Temporal: nothing attempts it until it is unpaused. */
export type Pause = { step: string; by: string; reason?: string; since: string };

/** An activity that Temporal is retrying. */
export type Attempt = { step: string; number: number; failure: string; message: string };

export type DeviceStatus = {
  /** `<subscription>/<group>/<device>`, lower case. */
  device: string;
  /** Workflow type. */
  procedure: string;
  workflowId: string;
  runId: string;
  execution: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out' | 'other';
  /** ISO times, UTC. */
  startedAt: string;
  closedAt?: string;
  /** The queue that a worker must poll for it. */
  taskQueue: string;
  /** Whether a worker answered. Without one, what follows is what Temporal itself knows: no steps, no decisions. */
  worker: boolean;
  /** Whether one has polled this queue in the last minutes: if so, it may be busy, or have just ended. */
  polled: boolean;
  /** Why it stands still whether a worker answers or not. */
  taskFailure?: TaskFailure;
  /** While it runs. */
  phase?: Phase;
  steps: StepRecord[];
  attempt?: Attempt;
  paused?: Pause;
  blocked?: KnownBlock;
  decisions: DecisionRecord[];
  /** What is asked about a vault before it is deleted. */
  consent?: ConsentQuestion;
  /** What was said about it, and what counted. */
  consents?: NonNullable<Status['consents']>;
  activationKey?: ActivationKeyRef;
  /** What the deletion of a vault has left. */
  auditLog?: AuditLogLeft;
  /** Why it ended, where it did not complete. */
  failure?: Ending;
};

/** @throws AseError NotFound when Temporal has no operation for the device */
export const readStatus = async (temporal: Temporal, device: DeviceId, runId?: string): Promise<DeviceStatus> => {
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  const description = await describe(temporal, device, runId);
  const [polled, taskFailure] = await Promise.all([
    isPolled(temporal, description.taskQueue),
    readTaskFailure(temporal, description),
  ]);
  const { worker, progress } = polled ? await askProgress(temporal, handle) : { worker: false };
  const failure = await readFailure(temporal, handle, description);
  const { phase, ...seen } = progress ? progressOf(progress) : attributesOf(description);
  const attempt = attemptOf(description);
  const paused = pauseOf(description);
  const execution = executionOf(description);
  return {
    device: deviceKey(device),
    procedure: description.type,
    workflowId: description.workflowId,
    runId: description.runId,
    execution,
    startedAt: description.startTime.toISOString(),
    ...(description.closeTime ? { closedAt: description.closeTime.toISOString() } : {}),
    taskQueue: description.taskQueue,
    worker,
    polled,
    ...(taskFailure ? { taskFailure } : {}),
    steps: [],
    decisions: [],
    ...(phase && execution === 'running' ? { phase } : {}),
    ...seen,
    ...(attempt ? { attempt } : {}),
    ...(paused ? { paused } : {}),
    ...(failure ? { failure } : {}),
  };
};

/** Returns Temporal's own data of the run. @throws AseError NotFound */
export const describe = async (
  temporal: Temporal,
  device: DeviceId,
  runId?: string,
): Promise<WorkflowExecutionDescription> => {
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  try {
    return await temporal.within(() => handle.describe());
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Where there is another run, nothing need be started.
    if (runId !== undefined && (await describe(temporal, device))) throw noRun(device, runId);
    throw noOperation(device);
  }
};

const noOperation = ({ id: deviceId, name, resourceGroup }: DeviceId): AseError =>
  new AseError('NotFound', `Temporal has no operation for ${name} in ${resourceGroup}`, 'Start an operation.', {
    actions: [{ action: 'generateActivationKey', deviceId }],
  });

const noRun = ({ id: deviceId, name }: DeviceId, runId: string): AseError =>
  new AseError(
    'NotFound',
    `Temporal has no run ${runId} for ${name}: it was another device's, or was too long ago`,
    'Look at the running or last operation, without a run.',
    { actions: [{ action: 'status', deviceId }] },
  );

const answerTimeout = 5_000;

/** A procedure without this query, too, shows that a worker answers. */
export const askProgress = async (
  { within }: Temporal,
  handle: WorkflowHandle,
): Promise<{ worker: boolean; progress?: Status }> => {
  try {
    const progress = await within(() => handle.query(statusQuery), answerTimeout);
    return { worker: true, progress };
  } catch (error) {
    if (error instanceof QueryNotRegisteredError) return { worker: true };
    if (isUnanswered(error)) return { worker: false };
    throw error;
  }
};

/** FAILED_PRECONDITION: Temporal has given up on a worker by itself (recorded, after half a minute). */
const isUnanswered = (error: unknown): boolean =>
  [codes.cancelled, codes.deadlineExceeded, codes.failedPrecondition].some((code) => code === grpcCode(error));

const progressOf = ({
  phase,
  steps,
  blocked,
  decisions,
  consent,
  consents,
  activationKey,
  auditLog,
}: Status): Partial<DeviceStatus> => ({
  phase,
  steps,
  decisions,
  ...(blocked ? { blocked } : {}),
  ...(consent ? { consent } : {}),
  ...(consents ? { consents } : {}),
  ...(activationKey ? { activationKey } : {}),
  ...(auditLog ? { auditLog } : {}),
});

const attributesOf = ({ typedSearchAttributes: attributes }: WorkflowExecutionDescription): Partial<DeviceStatus> => {
  const written = attributes.get(searchAttributes.phase);
  const phase = phases.find((known) => known === written);
  const step = attributes.get(searchAttributes.blockedStep);
  const failure = attributes.get(searchAttributes.failure);
  return { ...(phase ? { phase } : {}), ...(step && failure ? { blocked: { step, failure } } : {}) };
};

const executionNames: Record<string, DeviceStatus['execution']> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

const executionOf = ({ status }: WorkflowExecutionDescription): DeviceStatus['execution'] =>
  executionNames[status.name] ?? 'other';

/** Ids of activities are names of steps. */
const attemptOf = ({ raw }: WorkflowExecutionDescription): Attempt | undefined => {
  const retried = raw.pendingActivities?.find(({ lastFailure }) => lastFailure);
  if (!retried) return undefined;
  return {
    step: retried.activityId ?? '',
    number: retried.attempt ?? 1,
    failure: retried.lastFailure?.applicationFailureInfo?.type ?? 'unknown',
    message: retried.lastFailure?.message ?? '',
  };
};

/** The workflow itself cannot know: a pause leaves no event. */
const pauseOf = ({ raw }: WorkflowExecutionDescription): Pause | undefined => {
  const held = raw.pendingActivities?.find(({ pauseInfo }) => pauseInfo);
  if (!held?.pauseInfo) return undefined;
  const { manual, pauseTime } = held.pauseInfo;
  return {
    step: held.activityId ?? '',
    by: manual?.identity ?? 'a rule of the server',
    ...(manual?.reason ? { reason: manual.reason } : {}),
    since: new Date(Number(pauseTime?.seconds ?? 0) * 1_000).toISOString(),
  };
};

const readFailure = async (
  temporal: Temporal,
  handle: WorkflowHandle,
  description: WorkflowExecutionDescription,
): Promise<DeviceStatus['failure']> => {
  if (['running', 'completed', 'other'].includes(executionOf(description))) return undefined;
  try {
    await temporal.within(() => handle.result());
    return undefined;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return failureOf(error);
    throw error;
  }
};

/** Returns the same error for a caller that waited for the result. */
export const endedBadly = (device: DeviceId, error: WorkflowFailedError): AseError =>
  operationFailed(device, failureOf(error), error);

/** Why a workflow ended. */
const failureOf = ({ cause, message }: WorkflowFailedError): Ending => {
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'Unexpected', message: cause.message };
  if (cause instanceof CancelledFailure) return { type: 'Cancelled', message: 'the operation was cancelled' };
  if (cause instanceof TerminatedFailure) {
    return { type: 'Terminated', message: `the operation was terminated: ${cause.message}` };
  }
  if (cause instanceof TimeoutFailure) return { type: 'TimedOut', message: cause.message };
  return { type: 'Unexpected', message: cause?.message ?? message };
};
