/** Asks Temporal why a caller has no answer yet: it waits for a person, no worker answers, another procedure runs. */
import type { DeviceId } from '../domain/device.ts';
import type { Action } from './actions.ts';
import { AseError, operationFailed } from './errors.ts';
import { isBegunBy } from './requests.ts';
import { blockedError, consentAwaited, silenceOf } from './situation.ts';
import { describe, readStatus, type DeviceStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

/** Returns the error for a caller whose time for an answer is up. */
export const explainSilence = async (temporal: Temporal, device: DeviceId, runId?: string): Promise<AseError> => {
  const status = await readStatus(temporal, device, runId);
  if (status.failure) return operationFailed(device, status.failure);
  const silent = silenceOf(device, status, temporal.config);
  if (silent) return silent;
  if (status.blocked) return blockedError(device, status.blocked);
  if (status.consent) return consentAwaited(device, status.consent);
  return new AseError(
    'StillRunning',
    `${status.procedure} of ${device.name} is still running${nowAt(status)}`,
    'It continues without you.',
    { actions: [{ action: 'status', deviceId: device.id }] },
  );
};

/** The run that a call may join: any run of this procedure, or only the run that this request began. */
export type Joined = { procedure?: string; requestId?: string | undefined };

/** The procedure that runs on the device, if it is not what is to be joined. */
export const findOtherProcedure = async (
  temporal: Temporal,
  device: DeviceId,
  { procedure, requestId }: Joined,
): Promise<AseError | undefined> => {
  const running = await describe(temporal, device);
  if (running.status.name !== 'RUNNING') return undefined;
  if (running.type === procedure || isBegunBy(running, requestId)) return undefined;
  return deviceBusy(device, await readStatus(temporal, device));
};

/** Nothing ends a step that must not be given up but the removal of its cause. */
const deviceBusy = (device: DeviceId, status: DeviceStatus): AseError => {
  const { procedure, startedAt, blocked, consent } = status;
  const message = `${procedure} has been running on ${device.name} since ${startedAt}${nowAt(status)}`;
  const wait: Action = { action: 'result', deviceId: device.id };
  if (consent) {
    const answers = consentAwaited(device, consent).actions.filter(({ action }) => action === 'consent');
    return new AseError('DeviceBusy', message, 'It must end first.', { actions: [wait, ...answers] });
  }
  if (blocked?.abortable !== false) {
    const actions = [wait, howToEnd(device, status)];
    return new AseError('DeviceBusy', message, 'It must end first.', { actions });
  }
  const until = `It must end first, and cannot end before ${blocked.step} is done. ${blocked.remedy ?? ''}`.trim();
  return new AseError('DeviceBusy', message, until, { actions: [wait] });
};

const howToEnd = ({ id: deviceId }: DeviceId, { blocked, workflowId }: DeviceStatus): Action =>
  blocked ? { action: 'abort', deviceId } : { action: 'cancel', workflowId };

const nowAt = ({ steps, blocked, consent, phase }: DeviceStatus): string => {
  if (blocked) return `, blocked at ${blocked.step} (${blocked.failure})`;
  if (consent) return `, and waits for consent until ${consent.answerBy}`;
  const current = steps.findLast(({ state }) => state === 'running');
  if (current) return `, now at ${current.step}`;
  return phase ? `, ${phase}` : '';
};
