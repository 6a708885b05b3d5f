/** Steps that fail as they are told, each look of theirs through the product's own door. */
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/index.ts';
import { situation, type Situation } from '../../activities/call.ts';
import { throughOneDoor } from '../../activities/failure.ts';
import { Refusal, type FailureFacts, type FailureType } from '../../domain/failures.ts';

/** The next look's failure; undefined lets the step do its work. */
export type Failing = (step: string) => FailureType | undefined;

type Activity = (...given: unknown[]) => Promise<unknown>;

const each = (activities: Activities, change: (step: string, activity: Activity) => Activity): Activities =>
  Object.fromEntries(
    Object.entries(activities as Record<string, Activity>).map(([step, activity]) => [step, change(step, activity)]),
  ) as unknown as Activities;

export const failing =
  (next: Failing, facts: FailureFacts = {}) =>
  (activities: Activities): Activities =>
    throughOneDoor(
      each(activities, (step, activity) => (input) => {
        const type = next(step);
        return type
          ? Promise.reject(new Refusal(type, `${type} was told to happen`, facts))
          : activity(input, situation());
      }) as never,
    );

/** As if each failure were the last one that the step's policy has time for: what is usually tried again blocks at once. */
export const withoutPatience = (activities: Activities): Activities =>
  each(activities, (_, activity) => async (...given) => {
    try {
      return await activity(...given);
    } catch (error) {
      const { probing } = (given[1] ?? {}) as Situation;
      if (!(error instanceof ApplicationFailure) || probing) throw error;
      const { type, message, details } = error;
      throw ApplicationFailure.create({
        message,
        nonRetryable: true,
        ...(type ? { type } : {}),
        ...(details ? { details } : {}),
      });
    }
  });
