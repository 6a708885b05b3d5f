import type { WorkflowHandle } from '@temporalio/client';
import { oneOf, readRetryInput, shortText } from '../domain/activation-input.ts';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import { decideSignal, decideUpdate, type Decision } from '../workflows/messages.ts';
import type { Action } from './actions.ts';
import { AseError, reading } from './errors.ts';
import { sayBySignal, sayByUpdate, unlessEnded } from './say.ts';
import type { OfRun } from './of-run.ts';
import { readStatus, type DeviceStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

/** A decision about the blocked step; without `step`, about whichever is blocked now. */
export type DecisionRequest = OfRun & Omit<Decision, 'step' | 'block' | 'failure'> & { step?: string };

export type DecisionSent = {
  device: string;
  step: string;
  decision: Decision['decision'];
  /** `update`: applied. `signal`: no worker answered; it is applied when one does, if it still fits. */
  sent: 'update' | 'signal';
  /** The queue that a worker must poll for it. */
  taskQueue: string;
};

/** The fields that `retry` can change on any step; the blocked step itself lists those that it accepts. */
export const retryFields = ['keyVaultName', 'softDeletedVault', 'audit'];

/** @throws AseError NotBlocked, DecisionRefused, InvalidInput, NotFound */
export const sendDecision = async (
  temporal: Temporal,
  device: DeviceId,
  request: DecisionRequest,
): Promise<DecisionSent> => {
  const { runId } = request;
  const status = await readStatus(temporal, device, runId);
  const decision = fitToBlock(device, request, status);
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  const refusal = (why: string): AseError => notBlocked(device, why);
  const answered = await unlessEnded(temporal, device, runId, refusal, async () => {
    if (status.worker && (await sendUpdate(temporal, handle, decision, lookAt(device)))) return true;
    await sendSignal(temporal, handle, decision);
    return false;
  });
  const { step, decision: kind } = decision;
  const { device: name, taskQueue } = status;
  return { device: name, step, decision: kind, sent: answered ? 'update' : 'signal', taskQueue };
};

/** The block's number goes with it, so that it can never be taken for a decision about a later block. */
const fitToBlock = (
  device: DeviceId,
  { decision, by, reason, input, step: asked }: DecisionRequest,
  { blocked, execution, phase }: DeviceStatus,
): Decision => {
  if (!blocked) {
    const instead = execution === 'running' ? `continues (${phase ?? 'working'})` : `has ended (${execution})`;
    throw notBlocked(device, `the operation ${instead}`);
  }
  const { step, block } = blocked;
  if (asked !== undefined && asked !== step) {
    throw new AseError('DecisionRefused', `the decision is for ${asked}, but the blocked step is ${step}`, hint, {
      actions: lookAt(device),
    });
  }
  return reading(() => ({
    step,
    decision: oneOf('decision', decision, decisions),
    by: shortText('by', by),
    ...(block === undefined ? { failure: blocked.failure } : { block }),
    ...(reason === undefined ? {} : { reason: shortText('reason', reason) }),
    ...(input === undefined ? {} : { input: readRetryInput(input, blocked.accepts ?? retryFields) }),
  }));
};

/** What can be decided about a block. */
export const decisions = ['retry', 'skip', 'abort'] as const;

const notBlocked = (device: DeviceId, why: string): AseError =>
  new AseError('NotBlocked', `nothing is blocked on ${device.name}: ${why}`, hint, { actions: lookAt(device) });

const hint = 'Look at it as it is now.';
const lookAt = ({ id: deviceId }: DeviceId): Action[] => [{ action: 'status', deviceId }];

/**
 * Sends an update. Returns false if no worker answered in time.
 * @param actions the calls that help a caller whose update is refused
 * @throws AseError DecisionRefused
 */
export const sendUpdate = (
  temporal: Temporal,
  handle: WorkflowHandle,
  decision: Decision,
  actions: readonly Action[],
): Promise<boolean> =>
  sayByUpdate(
    temporal,
    handle,
    decideUpdate,
    decision,
    (why, cause) => new AseError('DecisionRefused', why, hint, { actions, cause }),
  );

export const sendSignal = (temporal: Temporal, handle: WorkflowHandle, decision: Decision): Promise<void> =>
  sayBySignal(temporal, handle, decideSignal, decision);
