/** Two weeks of silence in a moment: a blocked step looks by itself every three days, and not every hour. */
import type { Activities } from '../../activities/index.ts';
import type { Situation } from '../../activities/call.ts';

type Activity = (input: unknown, situation?: Situation) => Promise<unknown>;

export const withRareProbes = (activities: Activities): Activities =>
  Object.fromEntries(
    Object.entries(activities as unknown as Record<string, Activity>).map(([name, activity]) => [
      name,
      async (input: unknown, situation?: Situation): Promise<unknown> => {
        try {
          return await (situation ? activity(input, situation) : activity(input));
        } catch (error) {
          throw situation?.probing ? Object.assign(error as Error, { nextRetryDelay: '3 days' }) : error;
        }
      },
    ]),
  ) as unknown as Activities;
