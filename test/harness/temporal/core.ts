/**
 * What the SDK's core, between the sandbox and the server, decides within one workflow task. As read in its sources.
 */
import { activityCancelled } from './failures.ts';
import { ActivityCancellationType, type Command, type Job, type ScheduleActivity } from './internals.ts';

const ordinal = (job: Job): number => {
  if (job.initializeWorkflow) return 0;
  if (job.notifyHasPatch) return 1;
  if (job.signalWorkflow || job.doUpdate) return 2;
  return 3;
};

/** Messages come before everything else that arrived for the same task. */
export const inCoreOrder = (jobs: readonly Job[]): Job[] => jobs.toSorted((a, b) => ordinal(a) - ordinal(b));

const isTerminal = (command: Command): boolean =>
  Boolean(
    command.completeWorkflowExecution ||
    command.failWorkflowExecution ||
    command.cancelWorkflowExecution ||
    command.continueAsNewWorkflowExecution,
  );

/** Everything else is given its chance before the first command that ends the workflow; later endings do not count. */
export const terminalLast = (commands: readonly Command[]): Command[] => [
  ...commands.filter((command) => !isTerminal(command)),
  ...commands.filter(isTerminal).slice(0, 1),
];

/** One workflow task in the making. */
export type Batch = {
  /** To be sent to the server. */
  commands: Command[];
  /** Told to the workflow before this task ends, without the server. */
  answers: Job[];
};

/** Adds commands to the batch: what is taken back before it was sent never reaches the server. */
export function addToBatch(
  batch: Batch,
  commands: readonly Command[],
  atServer: {
    /** An activity that the workflow still waits for. */
    heard(seq: number): ScheduleActivity | undefined;
    /** The workflow is told now, and waits for that activity no longer. */
    stopHearing(seq: number): void;
  },
): void {
  const takeBack = (sent: (command: Command) => boolean): Command | undefined => {
    const index = batch.commands.findIndex(sent);
    return index < 0 ? undefined : batch.commands.splice(index, 1)[0];
  };
  const answerCancelled = (activity: ScheduleActivity): void => {
    const result = { cancelled: { failure: activityCancelled(activity) } };
    batch.answers.push({ resolveActivity: { seq: activity.seq ?? 0, result } });
  };

  for (const command of commands) {
    const { cancelTimer, requestCancelActivity } = command;
    if (cancelTimer) {
      if (!takeBack(({ startTimer }) => startTimer?.seq === cancelTimer.seq)) batch.commands.push(command);
    } else if (requestCancelActivity) {
      const { seq } = requestCancelActivity;
      const unsent = takeBack(({ scheduleActivity }) => scheduleActivity?.seq === seq)?.scheduleActivity;
      if (unsent) {
        answerCancelled(unsent);
        continue;
      }
      const activity = atServer.heard(seq ?? 0);
      if (!activity) continue;
      if (activity.cancellationType !== ActivityCancellationType.WAIT_CANCELLATION_COMPLETED) {
        answerCancelled(activity);
        atServer.stopHearing(seq ?? 0);
      }
      if (activity.cancellationType !== ActivityCancellationType.ABANDON) batch.commands.push(command);
    } else {
      batch.commands.push(command);
    }
  }
}
