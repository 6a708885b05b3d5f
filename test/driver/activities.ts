import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';

type Failing = { times: number; type?: string; nonRetryable?: boolean; nextRetryDelay?: number };
type Hanging = { ms: number; heartbeatEvery?: number; whenCancelled?: 'complete' };

export type ToyActivities = ReturnType<typeof createToyActivities>;

/** Activities for a real worker and for the driver alike; only how they sleep differs. Every hang has an end. */
export function createToyActivities(sleep: (ms: number) => Promise<void>) {
  return {
    async succeed<T>(value: T): Promise<T> {
      return value;
    },
    /** Fails that many attempts, then returns the number of the attempt. */
    async fail({ times, ...failure }: Failing): Promise<number> {
      const { attempt } = activityInfo();
      if (attempt > times) return attempt;
      throw ApplicationFailure.create({ message: `attempt ${attempt}`, type: 'Odd', ...failure });
    },
    async failPlainly(): Promise<never> {
      throw new RangeError('a plain error');
    },
    async hang({ ms, heartbeatEvery = ms, whenCancelled }: Hanging): Promise<string> {
      try {
        for (let left = ms; left > 0; left -= heartbeatEvery) {
          if (heartbeatEvery < ms) heartbeat({ left });
          await sleep(heartbeatEvery);
        }
        return 'slept to the end';
      } catch (error) {
        if (error instanceof CancelledFailure && whenCancelled === 'complete') return 'completed all the same';
        throw error;
      }
    },
    async failThenHang(ms: number): Promise<void> {
      if (activityInfo().attempt === 1) throw ApplicationFailure.create({ message: 'first', type: 'Odd' });
      await sleep(ms);
    },
    async failLate(ms: number): Promise<never> {
      await sleep(ms);
      throw ApplicationFailure.create({ message: 'late', type: 'Odd' });
    },
    /** Heartbeats and fails; the next attempt returns what it was handed. */
    async resume(): Promise<unknown> {
      const info = activityInfo();
      if (info.attempt > 1) return info.heartbeatDetails as unknown;
      heartbeat({ page: 1 });
      heartbeat({ page: 2 });
      throw new Error('half done');
    },
    async whoAmI() {
      const { attempt, activityId, activityType, workflowExecution, workflowType } = activityInfo();
      const { currentAttemptScheduledTimestampMs: at } = activityInfo();
      return { attempt, activityId, activityType, workflowExecution, workflowType, at };
    },
    async leak(secret: string): Promise<string> {
      heartbeat(`beat ${secret}`);
      if (activityInfo().attempt === 1) throw new Error(`failed with ${secret}`);
      return `returned ${secret}`;
    },
  };
}
