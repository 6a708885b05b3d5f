import { isCancellation } from '@temporalio/workflow';
import { deviceNamedBy } from '../domain/device.ts';
import type { DeviceInput, GenerateActivationKeyInput } from '../domain/inputs.ts';
import type { Posture } from '../domain/posture.ts';
import type { ActivationPreview } from '../domain/preview.ts';
import { runActivity } from './activity.ts';
import { asFailure, nonRetryable } from './failure.ts';
import { type StepInput, type StepName, type StepResult, steps } from './steps.ts';

/**
 * Runs a procedure that only looks: it may be started under any workflow id, beside whatever runs on the device, and never
 * waits for a person.
 */
export const runLook = async <N extends StepName>(name: N, input: StepInput<N>): Promise<StepResult<N>> => {
  try {
    deviceNamedBy(input);
    const end = await runActivity(name, input, steps[name].policy);
    if ('result' in end) return end.result;
    throw nonRetryable(end.failure.type, end.failure.message);
  } catch (error) {
    throw isCancellation(error) ? error : asFailure(error);
  }
};

/** The article's "Manage your key vault": how the device and all that belongs to its vault stand, and what has drifted. */
export async function inspectDevice(input: DeviceInput): Promise<Posture> {
  return runLook('readPosture', input);
}

/** Returns what `generateActivationKey` with this input would do now, and the obstacles. Writes nothing. */
export async function previewActivation(input: GenerateActivationKeyInput): Promise<ActivationPreview> {
  return runLook('readActivationPreview', input);
}
