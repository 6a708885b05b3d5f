/** Asks Temporal why a caller has no answer yet: it waits for a person, no worker answers, another procedure runs. */
import type { Config } from '../config.ts';
import type { DeviceId } from '../domain/device.ts';
import { deviceOptions, statusCommand } from './commands.ts';
import { AseError, operationFailed } from './errors.ts';
import { isBegunBy } from './requests.ts';
import { blockedError, consentAwaited, silenceOf } from './situation.ts';
import { describe, readStatus, type DeviceStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

/** What the caller of an operation is told when the time for an answer is up. */
export const explainSilence = async (temporal: Temporal, device: DeviceId, runId?: string): Promise<AseError> => {
  const status = await readStatus(temporal, device, runId);
  const { config } = temporal;
  if (status.failure) return operationFailed(status.failure.type, status.failure.message);
  const silent = silenceOf(device, status, config);
  if (silent) return silent;
  if (status.blocked) return blockedError(device, status.blocked, config);
  if (status.consent) return consentAwaited(device, status.consent, config);
  return new AseError(
    'StillRunning',
    `${status.procedure} of ${device.name} is still at work${nowAt(status)}`,
    `It goes on without you. Look again: ${statusCommand(device, config)}`,
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
  const status = await readStatus(temporal, device);
  return new AseError(
    'DeviceBusy',
    `${status.procedure} runs on ${device.name} since ${status.startedAt}${nowAt(status)}`,
    `Wait for its end (${statusCommand(device, temporal.config)} --watch)${howToEnd(device, status, temporal.config)}`,
  );
};

/** Nothing ends a step that must not be given up but the removal of its cause. */
const howToEnd = (device: DeviceId, { blocked, consent, workflowId }: DeviceStatus, config: Config): string => {
  const options = deviceOptions(device, config);
  if (blocked?.abortable === false)
    return `: it cannot be ended before ${blocked.step} is done. ${blocked.remedy ?? ''}`;
  if (blocked) return `, or end it: ase blocked abort ${options} --reason "why"`;
  if (consent) return `, or answer it: ase consent ${options} --decision cancel --vault-name ${consent.keyVaultName}`;
  return `, or end it: temporal workflow cancel --workflow-id '${workflowId}'`;
};

const nowAt = ({ steps, blocked, phase }: DeviceStatus): string => {
  if (blocked) return `, blocked at ${blocked.step} (${blocked.failure})`;
  const current = steps.findLast(({ state }) => state === 'running');
  if (current) return `, now at ${current.step}`;
  return phase ? `, ${phase}` : '';
};
