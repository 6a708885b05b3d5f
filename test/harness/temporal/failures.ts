import { RetryState, type Failure, type ScheduleActivity } from './internals.ts';

/** The wrappings that the server and the SDK's core put around what went wrong; texts as the real ones have them. */

type ActivityTimeout = 'StartToClose' | 'ScheduleToClose' | 'Heartbeat';
const timeoutTypes: Record<ActivityTimeout, number> = { StartToClose: 1, ScheduleToClose: 3, Heartbeat: 4 };

export const timeoutFailure = (type: ActivityTimeout, cause?: Failure): Failure => ({
  message: `activity ${type} timeout`,
  source: 'Server',
  ...(cause && { cause }),
  timeoutFailureInfo: { timeoutType: timeoutTypes[type] },
});

/** A timed-out attempt whose next one would begin after the schedule-to-close deadline. */
export const noTimeToRetry = (cause?: Failure): Failure => ({
  ...timeoutFailure('ScheduleToClose', cause),
  message: 'Not enough time to schedule next retry before activity ScheduleToClose timeout, giving up retrying',
});

export const canceledFailure: Failure = { canceledFailureInfo: {} };

const activityFailure = (message: string, command: ScheduleActivity, retryState: number, cause: Failure): Failure => ({
  message,
  cause,
  activityFailureInfo: {
    activityType: { name: command.activityType ?? null },
    activityId: command.activityId ?? null,
    retryState,
  },
});

export const activityFailed = (command: ScheduleActivity, retryState: number, cause: Failure): Failure =>
  activityFailure(
    cause.timeoutFailureInfo ? 'Activity task timed out' : 'Activity task failed',
    command,
    retryState,
    cause,
  );

/** The core tells the same whatever the attempt has thrown. */
export const activityCancelled = (command: ScheduleActivity): Failure =>
  activityFailure('Activity cancelled', command, RetryState.RETRY_STATE_CANCEL_REQUESTED, canceledFailure);

export const childFailed = (workflowId: string, workflowType: string, cause: Failure): Failure => ({
  message: 'Child Workflow execution failed',
  cause,
  childWorkflowExecutionFailureInfo: {
    workflowExecution: { workflowId },
    workflowType: { name: workflowType },
    retryState: RetryState.RETRY_STATE_RETRY_POLICY_NOT_SET,
  },
});
