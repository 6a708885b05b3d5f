import type { coresdk } from '@temporalio/proto';
import { ActivityExecution, type ActivityHost } from './activity-execution.ts';
import type { Due } from './agenda.ts';
import { ActivityCancellationType, toMs, type Job, type ScheduleActivity, type UserMetadata } from './internals.ts';
import { decode, toError } from './payloads.ts';

export type PendingActivity = {
  name: string;
  activityId: string;
  /** The attempt that runs or comes next, from 1. */
  attempt: number;
  lastFailure: Error | undefined;
  /** Milliseconds since the epoch; undefined while an attempt runs. */
  nextAttemptAt: number | undefined;
  summary: string | undefined;
};
export type PendingTimer = { firesAt: number; summary: string | undefined };

type Metadata = UserMetadata | null | undefined;
const summaryOf = (metadata: Metadata): string | undefined => decode(metadata?.summary) as string | undefined;

type Options = Omit<ActivityHost, 'closed'> & {
  /** `events` happened at the server, which asks for a workflow task; there is no job when the workflow no longer waits. */
  onNews: (job: Job | undefined, events: number) => void;
};

/** The timers and activities that the server holds for one run. */
export type Pending = ReturnType<typeof createPending>;

export function createPending({ onNews, ...host }: Options) {
  const timers = new Map<number, { due: Due; summary: string | undefined }>();
  const activities = new Map<number, { execution: ActivityExecution; metadata: Metadata }>();
  /** Activities whose cancellation the workflow has been told already; what becomes of them is not its concern. */
  const unheard = new Set<number>();
  const neverStarted: ActivityExecution[] = [];

  const closed: ActivityHost['closed'] = ({ name, command }, result, events) => {
    const seq = command.seq ?? 0;
    activities.delete(seq);
    if (!unheard.delete(seq)) return onNews({ resolveActivity: { seq, result } }, events);
    // Seen on a server: the core of 1.24.0 knows no way on from there, and the workflow is stuck for ever.
    if (result.failed && command.cancellationType === ActivityCancellationType.ABANDON)
      throw new Error(
        `workflow task failed: the abandoned activity ${name} has failed, which the SDK's core cannot bear`,
      );
    return onNews(undefined, events);
  };

  return {
    startTimer({ seq, startToFireTimeout }: coresdk.workflow_commands.IStartTimer, metadata: Metadata): void {
      const due = host.agenda.add(toMs(startToFireTimeout) ?? 0, host.owner, () => {
        timers.delete(seq ?? 0);
        onNews({ fireTimer: { seq: seq ?? 0 } }, 1);
      });
      timers.set(seq ?? 0, { due, summary: summaryOf(metadata) });
    },
    cancelTimer(seq: number): void {
      const timer = timers.get(seq);
      if (timer) timer.due.dropped = true;
      timers.delete(seq);
    },
    scheduleActivity(command: ScheduleActivity, metadata: Metadata): void {
      const { activityId } = command;
      if ([...activities.values()].some(({ execution }) => execution.command.activityId === activityId))
        throw new Error(`ScheduleActivityDuplicateId: an activity with id ${activityId} is pending already`);
      const execution = new ActivityExecution(command, { ...host, closed });
      activities.set(command.seq ?? 0, { execution, metadata });
    },
    cancelActivity(seq: number): void {
      const execution = activities.get(seq)?.execution;
      if (execution?.requestCancel()) neverStarted.push(execution);
    },
    /** What was cancelled between two attempts is over after the task that asked for it. */
    afterTask(): void {
      for (const execution of neverStarted.splice(0)) execution.closeCancelled();
    },
    /** The workflow waits for this activity no longer, whatever it does. */
    stopHearing(seq: number): void {
      if (activities.has(seq)) unheard.add(seq);
    },
    /** An activity that the workflow still waits for. */
    heard: (seq: number): ScheduleActivity | undefined =>
      unheard.has(seq) ? undefined : activities.get(seq)?.execution.command,
    workerDied(): void {
      for (const { execution } of activities.values()) execution.die();
    },
    workflowClosed(): void {
      host.agenda.drop(host.owner);
      for (const { execution } of activities.values()) execution.forget();
      neverStarted.length = 0;
      activities.clear();
      timers.clear();
    },
    activities: (): PendingActivity[] =>
      [...activities.values()].map(
        ({ execution: { name, command, attempt, lastFailure, nextAttemptAt }, metadata }) => ({
          name,
          activityId: command.activityId ?? '',
          attempt,
          lastFailure: lastFailure && toError(lastFailure),
          nextAttemptAt,
          summary: summaryOf(metadata),
        }),
      ),
    timers: (): PendingTimer[] => [...timers.values()].map(({ due, summary }) => ({ firesAt: due.at, summary })),
  };
}
