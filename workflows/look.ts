import { isCancellation } from '@temporalio/workflow';
import { deviceNamedBy } from '../domain/device.ts';
import { runActivity } from './activity.ts';
import { asFailure, nonRetryable } from './failure.ts';
import { steps, type StepInput, type StepName, type StepResult } from './steps.ts';

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
