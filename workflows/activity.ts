/** One activity with all its retries, and how it ended. */
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  TimeoutFailure,
  type ActivityOptions,
} from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import type { Activities } from '../activities/index.ts';
import { isFailureType, type FailureFacts, type FailureType } from '../domain/failures.ts';
import { steps, type StepInput, type StepName, type StepResult, type StepSettings } from './steps.ts';
import { tellTaken } from './telemetry.ts';

export type StepFailure = {
  type: FailureType;
  message: string;
  /** Whether no request of it can take effect any more. */
  settled: boolean;
  /** How often it was tried, as the last attempt says; unknown where that never ended. */
  attempts?: number;
  /** Input with which a retry gets past the cause, where one is known. */
  retryWith?: Record<string, string>;
};

/** Its own retries are spent, or its failure is not retryable: a failure here is for people. */
export type ActivityEnd<N extends StepName> = { result: StepResult<N> } | { failure: StepFailure };

/** Cancellation is never an end: it ends the procedure. */
export const runActivity = async <N extends StepName>(
  name: N,
  input: StepInput<N>,
  policy: ActivityOptions,
  situation?: Situation,
): Promise<ActivityEnd<N>> => {
  const { says } = steps[name] as StepSettings<StepInput<N>>;
  const activities = proxyActivities<Activities>({ ...policy, activityId: name, summary: says(input) });
  const run = activities[name] as (input: StepInput<N>, situation?: Situation) => Promise<StepResult<N>>;
  const startedAt = Date.now();
  // A probe takes as long as its block does, which says nothing about the step.
  const tell = (outcome: 'done' | 'failed'): void => {
    if (!situation?.probing) tellTaken(name, outcome, startedAt);
  };
  try {
    const result = await (situation ? run(input, situation) : run(input));
    tell('done');
    return { result };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    tell('failed');
    return { failure: read(error) };
  }
};

const read = ({ cause, message }: ActivityFailure): StepFailure => {
  if (cause instanceof ApplicationFailure) {
    const [{ settled = false, attempts, retryWith } = {}] = (cause.details ?? []) as [FailureFacts?];
    return {
      type: isFailureType(cause.type) ? cause.type : 'Unexpected',
      message: cause.message,
      settled: settled === true,
      ...(typeof attempts === 'number' ? { attempts } : {}),
      ...(retryWith ? { retryWith } : {}),
    };
  }
  if (cause instanceof TimeoutFailure) {
    const what = 'no attempt came to an end: no worker was there, workers died, or Azure never answered';
    return { type: 'AzureUnavailable', message: `${what} (${cause.message})`, settled: false };
  }
  return { type: 'Unexpected', message, settled: false };
};
