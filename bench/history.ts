import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/**
 * Seconds from the start of a workflow to the end of its activity `issueActivationKey`, by the server's clock. A waiting
 * caller learns it one workflow task later; a request would add events to the history.
 */
export const keyIssuedAfter = (events: readonly Event[]): number => {
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: activity }) => activity?.activityType?.name === 'issueActivationKey',
  );
  const completed = events.find(
    ({ activityTaskCompletedEventAttributes: end }) =>
      end != null && scheduled != null && Number(end.scheduledEventId) === Number(scheduled.eventId),
  );
  const [started] = events;
  if (!started || !completed) throw new Error('the history has no activity issueActivationKey that completed');
  return secondsOf(completed) - secondsOf(started);
};

const secondsOf = ({ eventTime }: Event): number => Number(eventTime?.seconds ?? 0) + (eventTime?.nanos ?? 0) / 1e9;
