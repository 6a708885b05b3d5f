import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { readConsent, type Consent } from '../domain/consent.ts';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import { consentSignal, consentUpdate } from '../workflows/messages.ts';
import { statusCommand } from './commands.ts';
import { AseError, reading } from './errors.ts';
import { readStatus, type DeviceStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

/** What is said about the vault that a deletion asks about. */
export type ConsentRequest = Consent;

export type ConsentSent = Pick<Consent, 'decision' | 'keyVaultName'> & {
  device: string;
  /** `update`: it counts. `signal`: no worker answered; it counts when one does, if it still fits. */
  sent: 'update' | 'signal';
};

const procedures = ['deleteDevice', 'deleteKeyVault'];

/**
 * The procedure itself judges whether it counts.
 * @param runId the run whose question was read; without it, what is said goes to whichever runs now
 * @throws AseError ConsentRefused, InvalidInput, NotFound
 */
export const sendConsent = async (
  temporal: Temporal,
  device: DeviceId,
  request: ConsentRequest,
  runId?: string,
): Promise<ConsentSent> => {
  const consent = reading(() => readConsent(request));
  const status = await readStatus(temporal, device, runId);
  assertListening(temporal, device, status);
  const answered = status.worker && (await sendUpdate(temporal, device, consent, runId));
  if (!answered) await sendSignal(temporal, device, consent, runId);
  const { decision, keyVaultName } = consent;
  return { device: status.device, decision, keyVaultName, sent: answered ? 'update' : 'signal' };
};

const assertListening = (temporal: Temporal, device: DeviceId, { procedure, execution }: DeviceStatus): void => {
  if (execution === 'running' && procedures.includes(procedure)) return;
  const instead = execution === 'running' ? `${procedure} runs` : `the last operation has ended (${execution})`;
  throw refused(temporal, device, `nothing is asked on ${device.name}: ${instead}`);
};

const refused = ({ config }: Temporal, device: DeviceId, why: string, cause?: unknown): AseError =>
  new AseError('ConsentRefused', why, `Look at it: ${statusCommand(device, config)}`, { cause });

/** False when no worker answered in time; what was sent may still count, and then the signal is ignored. */
const sendUpdate = async (
  temporal: Temporal,
  device: DeviceId,
  consent: Consent,
  runId: string | undefined,
): Promise<boolean> => {
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  try {
    await temporal.within(() => handle.executeUpdate(consentUpdate, { args: [consent], updateId: randomUUID() }));
    return true;
  } catch (error) {
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return false;
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw refused(temporal, device, error.cause?.message ?? error.message, error);
  }
};

const sendSignal = async (
  temporal: Temporal,
  device: DeviceId,
  consent: Consent,
  runId: string | undefined,
): Promise<void> => {
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  await temporal.within(() => handle.signal(consentSignal, consent));
};
