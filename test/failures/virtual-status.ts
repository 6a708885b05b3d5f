/** What a person sees of a run of the driver, in the words of the command line. */
import assert from 'node:assert/strict';
import type { DeviceStatus } from '../../client.ts';
import { operationFailed, type AseError } from '../../client/errors.ts';
import { blockedError, consentAwaited } from '../../client/situation.ts';
import { failureOf, formatFailure } from '../../cli/failure.ts';
import type { Config } from '../../config.ts';
import { deviceKey, type DeviceId } from '../../domain/device.ts';
import type { Status } from '../../workflows/messages.ts';
import type { Run } from '../harness/temporal/index.ts';
import { status } from '../harness/world.ts';
import type { Said } from './shell.ts';

/** What a command prints that has waited for its operation. */
export const endOf = async (run: Run, device: DeviceId, config: Config): Promise<Said> => {
  const { outcome } = run;
  if (outcome?.status === 'completed') return { code: 0, text: JSON.stringify(outcome.value) };
  if (outcome) {
    return shown(operationFailed(device, failureIn(run)), config);
  }
  const { blocked, consent } = await status(run);
  if (blocked) return shown(blockedError(device, blocked), config);
  return shown(consentAwaited(device, consent ?? assert.fail('neither blocked nor asked')), config);
};

export const shown = (error: AseError, config: Config): Said => {
  const failure = failureOf(error, config);
  return { code: failure.exitCode, text: formatFailure(failure, 'table') };
};

export const failureIn = ({ outcome }: Run): { type: string; message: string } => {
  assert.ok(outcome?.status === 'failed', `no failure: ${JSON.stringify(outcome)}`);
  const { type = '', message } = outcome.error as Error & { type?: string };
  return { type, message };
};

/** What the client reads of a run, from what the driver holds. */
export const deviceStatusOf = async (run: Run, device: DeviceId): Promise<DeviceStatus> => {
  const { procedure, phase, ...seen }: Status = await status(run);
  const retried = run.pendingActivities.find(({ lastFailure }) => lastFailure);
  const { type, message = '' } = (retried?.lastFailure ?? {}) as Partial<Error> & { type?: string };
  return {
    procedure,
    workflowId: run.workflowId,
    runId: run.runId,
    execution: run.outcome ? endedAs(run.outcome.status) : 'running',
    startedAt: seen.steps[0]?.startedAt ?? '',
    taskQueue: 'ase',
    worker: true,
    polled: true,
    ...(run.outcome ? {} : { phase }),
    ...seen,
    device: deviceKey(device),
    ...(retried
      ? { attempt: { step: retried.activityId, number: retried.attempt, failure: type ?? '', message } }
      : {}),
    ...(run.outcome?.status === 'failed' ? { failure: failureIn(run) } : {}),
  };
};

const endedAs = (outcome: string): DeviceStatus['execution'] => {
  assert.ok(outcome === 'completed' || outcome === 'failed', outcome);
  return outcome;
};
