/** Why an operation stands still although a worker polls: its workflow task fails, at the worker or at the server. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { cloudCommand, missingSearchAttributes, registerCommand } from './search-attributes.ts';
import type { Temporal } from './temporal.ts';

/** Temporal tries it again by itself, at longer and longer intervals. */
export type TaskFailure = {
  /** In Temporal's words, such as `BadSearchAttributes: …`. */
  message: string;
  remedy: string;
  attempts: number;
};

/** `temporal.api.enums.v1.EventType` */
const event = { taskCompleted: 7, taskFailed: 9 } as const;

/** `temporal.api.enums.v1.WorkflowTaskFailedCause`: those that have a remedy of their own. */
const causes = { badSearchAttributes: 23, nonDeterminism: 24, messageTooLarge: 36, payloadsTooLarge: 37 } as const;
/** Of these nothing is wrong: an event came meanwhile, or somebody reset the operation. */
const harmless = [1, 13, 17, 18, 20, 31];

/** More have rarely come since a task failed: signals, and answers of activities. */
const newestEvents = 100;

/** Only the first of failures in a row is an event; that others followed is known by the number of the attempt. */
export const readTaskFailure = async (
  temporal: Temporal,
  { workflowId, runId, status, raw }: WorkflowExecutionDescription,
): Promise<TaskFailure | undefined> => {
  const attempts = (raw.pendingWorkflowTask?.attempt ?? 1) - 1;
  if (status.name !== 'RUNNING' || attempts === 0) return undefined;
  const { namespace } = temporal.config;
  const { history } = await temporal.within(() =>
    temporal.connection.workflowService.getWorkflowExecutionHistoryReverse({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: newestEvents,
    }),
  );
  const newest = history?.events?.find(({ eventType }) => isOfTask(eventType));
  const { cause, failure } = newest?.workflowTaskFailedEventAttributes ?? {};
  if (cause === undefined || cause === null || harmless.includes(cause)) return undefined;
  const message = failure?.message ?? 'without a message';
  return { message, remedy: await remedyFor(temporal, cause, message), attempts };
};

const isOfTask = (type: number | null | undefined): boolean =>
  type === event.taskCompleted || type === event.taskFailed;

const remedyFor = async (temporal: Temporal, cause: number, message: string): Promise<string> => {
  if (cause === causes.badSearchAttributes) return attributesRemedy(temporal);
  if (cause === causes.nonDeterminism) {
    return 'The code of the worker does not match the history of the operation. Run a worker of the release that began the operation until it has ended.';
  }
  if (
    cause === causes.messageTooLarge ||
    cause === causes.payloadsTooLarge ||
    /too large|exceeds.*(size|limit)/i.test(message)
  ) {
    return 'The data of the operation exceeds a limit of the Temporal server. Raise the limit (limit.blobSize.error), or end the operation and start it again.';
  }
  if (/no such function is exported/.test(message)) {
    return 'The worker does not know this procedure. Run a worker of the release of this client.';
  }
  if (/encoding|codec|decod|decrypt/i.test(message)) {
    return 'The worker cannot decode the input of the operation. Encode payloads as the worker does (JSON, without a codec).';
  }
  return 'See the log of the worker. If the cause is a defect, run a worker of the release that began the operation.';
};

/** Temporal writes none of the attributes of a command where it does not know one of them. */
const attributesRemedy = async ({ connection, config, within }: Temporal): Promise<string> => {
  const { namespace } = config;
  const { missing, mayRegister } = await within(() => missingSearchAttributes(connection, namespace));
  if (missing.length === 0)
    return 'All search attributes are registered now: the operation continues when Temporal retries, within minutes.';
  const add = mayRegister
    ? `${registerCommand(namespace, missing)}\nOn Temporal Cloud: ${cloudCommand(namespace, missing)}`
    : `on Temporal Cloud ${cloudCommand(namespace, missing)}\nElsewhere: ${registerCommand(namespace, missing)}`;
  return `The namespace "${namespace}" lacks the search attribute ${missing.join(', ')}. Add it, and the operation continues within minutes: ${add}`;
};
