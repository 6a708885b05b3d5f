import proto from '@temporalio/proto';
import type { Client } from '@temporalio/client';
import { workflowIdOf, type DeviceId } from '../../domain/device.ts';

type History = proto.temporal.api.history.v1.IHistory;
type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** The history of the running or last operation on a device. */
export const historyOf = ({ workflow }: Client, device: DeviceId): Promise<History> =>
  workflow.getHandle(workflowIdOf(device)).fetchHistory();

/**
 * The events of a history, without those of workflow tasks that nobody took in time: a worker on a busy machine may be a
 * second late, and then the server asks again.
 */
export const eventsOf = ({ events }: History): HistoryEvent[] => {
  const all = events ?? [];
  const untaken = new Set(
    all.flatMap(({ eventId, workflowTaskTimedOutEventAttributes: timedOut }) =>
      timedOut ? [eventId, timedOut.scheduledEventId, timedOut.startedEventId].map(String) : [],
    ),
  );
  return all.filter(({ eventId }) => !untaken.has(String(eventId)));
};
