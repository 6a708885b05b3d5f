/** One activity with all its retries, and how it ended. */
import { ActivityFailure, isCancellation, proxyActivities, sleep, type ActivityOptions } from '@temporalio/workflow';
import type { Situation } from '../activities/call.ts';
import type { Activities } from '../activities/index.ts';
import { mostWaits } from './policies.ts';
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
  const runOnce = async (inSituation: Situation | undefined): Promise<ActivityEnd<N>> => {
    try {
      return { result: await (inSituation ? run(input, inSituation) : run(input)) };
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      return { failure: readFailure(error) };
    }
  };
  let end = await runOnce(situation);
  // The time of an activity is for its tries, and waiting for a turn is none.
  for (let waits = 0; waits < mostWaits && 'failure' in end && end.failure.awaitsTurn; waits += 1) {
    const { awaitsTurn, settled } = end.failure;
    await sleep(awaitsTurn.afterMs);
    end = await runOnce({ ...situation, unsettled: !settled, recorded: awaitsTurn.recorded });
  }
  // A probe takes as long as its block does, which says nothing about the step.
  if (!situation?.probing) tellTaken(name, 'result' in end ? 'done' : 'failed', startedAt);
  return end;
};
