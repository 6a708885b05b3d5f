import type { WorkflowHandle } from '@temporalio/client';
import { type Consent, readConsent } from '../domain/consent.ts';
import { type DeviceId, workflowIdOf } from '../domain/device.ts';
import { oneOf, readRetryInput, shortText } from '../domain/inputs.ts';
import { type Decision, consentSignal, consentUpdate, decideSignal, decideUpdate } from '../workflows/messages.ts';
import type { Action } from './actions.ts';
import { AseError, reading } from './errors.ts';
import type { OfRun } from './of-run.ts';
import { sayBySignal, sayByUpdate, unlessEnded } from './say.ts';
import { type DeviceStatus, readStatus } from './status.ts';
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

/** The decisions about a block. */
export const decisions = ['retry', 'skip', 'abort'] as const;

const notBlocked = (device: DeviceId, why: string): AseError =>
  new AseError('NotBlocked', `nothing is blocked on ${device.name}: ${why}`, hint, { actions: lookAt(device) });

const hint = 'Read its present state.';
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

/** The consent to the question of a deletion; `runId`: the run whose question was read, if it must be that one. */
export type ConsentRequest = OfRun & Consent;

export type ConsentSent = Pick<Consent, 'decision' | 'keyVaultName'> & {
  device: string;
  /** `update`: it counts. `signal`: no worker answered; it counts when one does, if it still fits. */
  sent: 'update' | 'signal';
  /** The queue that a worker must poll for it. */
  taskQueue: string;
};

const procedures = ['deleteDevice', 'deleteKeyVault'];

/**
 * The procedure itself judges whether it counts.
 * @throws AseError ConsentRefused, InvalidInput, NotFound
 */
export const sendConsent = async (
  temporal: Temporal,
  device: DeviceId,
  request: ConsentRequest,
): Promise<ConsentSent> => {
  const { deviceId: _, runId, ...said } = request;
  const consent = reading(() => readConsent(said));
  const status = await readStatus(temporal, device, runId);
  assertListening(device, status);
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  const refusal = (why: string, cause: unknown): AseError => refused(device, why, cause);
  const answered = await unlessEnded(temporal, device, runId, refusal, async () => {
    if (status.worker && (await sayByUpdate(temporal, handle, consentUpdate, consent, refusal))) return true;
    await sayBySignal(temporal, handle, consentSignal, consent);
    return false;
  });
  const { decision, keyVaultName } = consent;
  const { device: name, taskQueue } = status;
  return { device: name, decision, keyVaultName, sent: answered ? 'update' : 'signal', taskQueue };
};

const assertListening = (device: DeviceId, { procedure, execution }: DeviceStatus): void => {
  if (execution === 'running' && procedures.includes(procedure)) return;
  const instead = execution === 'running' ? `${procedure} runs` : `the last operation has ended (${execution})`;
  throw refused(device, `nothing is asked on ${device.name}: ${instead}`);
};

const refused = ({ id: deviceId }: DeviceId, why: string, cause?: unknown): AseError =>
  new AseError('ConsentRefused', why, 'Read its present state.', { actions: [{ action: 'status', deviceId }], cause });
