import { readConsent, type Consent } from '../domain/consent.ts';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import { consentSignal, consentUpdate } from '../workflows/messages.ts';
import { AseError, reading } from './errors.ts';
import type { OfRun } from './of-run.ts';
import { sayBySignal, sayByUpdate, unlessEnded } from './say.ts';
import { readStatus, type DeviceStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

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
  new AseError('ConsentRefused', why, 'Read what is asked now.', { actions: [{ action: 'status', deviceId }], cause });
