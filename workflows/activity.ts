/** One activity with all its retries, and how it ended. */
import { ActivityFailure, isCancellation, proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import type { Activities } from '../activities/index.ts';
import { steps, type StepInput, type StepName, type StepResult, type StepSettings } from './steps.ts';
import { tellTaken } from './telemetry.ts';
import { readFailure, type StepFailure } from './failure.ts';

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
  const cause = situation?.probing?.cause;
  const summary = cause === undefined ? says(input) : `Blocked by ${cause}: ${says(input)}`;
  const activities = proxyActivities<Activities>({ ...policy, activityId: name, summary });
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
    return { failure: readFailure(error) };
  }
};
