/** Why an operation does not go on, as an error: a step is blocked, a deletion awaits consent, no worker answers. */
import { failureEntry, isFailureType } from '../domain/failures.ts';
import type { DeviceId } from '../domain/device.ts';
import type { Action } from './actions.ts';
import { AseError } from './errors.ts';
import type { DeviceStatus, KnownBlock } from './status.ts';
import type { TaskFailure } from './task-failure.ts';
import type { Config } from '../config.ts';
import type { ConsentQuestion } from '../workflows/messages.ts';

/** Why it waits, who acts, and what can be decided. */
export const blockedError = (device: DeviceId, block: KnownBlock): AseError => {
  const { step, failure, message } = block;
  const text = `${step} is blocked: ${withClass(block)}${message ? `, ${message}` : ''}`;
  const actions = decisionsAbout(device, block);
  const hint = [...whatToDo(block), howItGoesOn(block, actions)].join('\n');
  return new AseError('Blocked', text, hint, { actions, failure });
};

/** Most of what blocks is of the class blocked; of what should have passed by itself it is said that it should. */
const withClass = ({ failure, class: said }: KnownBlock): string => {
  const kind = said ?? entryOf(failure)?.class ?? 'blocked';
  return kind === 'blocked' ? failure : `${failure} (${kind})`;
};

/** For where no worker answers: what the block says of itself comes first. */
const entryOf = (failure: string) => (isFailureType(failure) ? failureEntry(failure) : undefined);

const whatToDo = ({ failure, causes = [], who, remedy }: KnownBlock): string[] => {
  const entry = entryOf(failure);
  const actor = who ?? entry?.who ?? 'on call';
  return [
    ...(causes.length > 1 ? [`Causes so far: ${causes.join(', ')}`] : []),
    `${capitalised(actor)}: ${remedy ?? entry?.remedy ?? 'Read the failure and remove its cause.'}`,
  ];
};

const howItGoesOn = ({ failure, heals }: KnownBlock, { length }: readonly Action[]): string => {
  const byItself = 'The operation resumes by itself when the cause is gone';
  if (length === 0) return `${byItself}, and accepts no further decision.`;
  return (heals ?? entryOf(failure)?.heals)
    ? `${byItself}; it also accepts a decision.`
    : 'The operation waits for a decision.';
};

/**
 * A retry that cannot help without another input is proposed with the one that is known, and otherwise only where nothing else
 * is left. What is not taken any more is not proposed.
 */
const decisionsAbout = (
  { id: deviceId }: DeviceId,
  { failure, skippable, abortable = true, retryHelps, retryWith, retriesLeft = 1 }: KnownBlock,
): Action[] => {
  const plainRetry = retryHelps ?? entryOf(failure)?.retryHelps ?? true;
  const retry: Action[] = retryWith
    ? [{ action: 'retry', deviceId, input: retryWith }]
    : plainRetry || !abortable
      ? [{ action: 'retry', deviceId }]
      : [];
  return [
    ...(retriesLeft > 0 ? retry : []),
    ...(skippable ? [{ action: 'skip', deviceId } as const] : []),
    ...(abortable ? [{ action: 'abort', deviceId } as const] : []),
  ];
};

/** Returns the error for an open consent question, with the possible answers. */
export const consentAwaited = (
  { id: deviceId, name }: DeviceId,
  { keyVaultName, inventory, answerBy }: ConsentQuestion,
): AseError => {
  const answer = { action: 'consent', deviceId, keyVaultName } as const;
  return new AseError(
    'ConsentAwaited',
    `delete or keep ${name}'s key vault ${keyVaultName}?`,
    `Read its inventory, then answer. Without an answer by ${answerBy}, the vault is kept.`,
    {
      actions: [
        { action: 'status', deviceId },
        { ...answer, decision: 'delete-vault', inventory },
        { ...answer, decision: 'keep-vault' },
        { ...answer, decision: 'cancel' },
      ],
    },
  );
};

/** Returns why no operation continues, if neither a person nor Azure is the cause. */
export const silenceOf = (
  device: DeviceId,
  { taskFailure, worker, polled, taskQueue }: Pick<DeviceStatus, 'taskFailure' | 'worker' | 'polled' | 'taskQueue'>,
  config: Pick<Config, 'address'>,
): AseError | undefined => {
  if (taskFailure) return taskFails(device, taskFailure);
  if (worker) return undefined;
  return polled ? noAnswer(device, taskQueue) : noWorker(device, { ...config, taskQueue });
};

const taskFails = ({ name }: DeviceId, { message, remedy, attempts }: TaskFailure): AseError =>
  new AseError(
    'TaskFails',
    `the operation on ${name} makes no progress: its workflow task failed, ${attempts} ${attempts === 1 ? 'time' : 'times'} so far: ${message}`,
    remedy,
  );

const noAnswer = ({ name }: DeviceId, taskQueue: string): AseError =>
  new AseError(
    'NoWorker',
    `the worker on the task queue "${taskQueue}" does not answer about ${name}`,
    `The worker polled in the last minutes: it is busy or has just ended. Read its log, and start a worker if none runs. The operation on ${name} is kept and continues then.`,
  );

/** @param taskQueue of the operation, which may be another than that of the environment */
export const noWorker = (device: DeviceId, { taskQueue, address }: Pick<Config, 'taskQueue' | 'address'>): AseError =>
  new AseError(
    'NoWorker',
    `no worker answers on the task queue "${taskQueue}" of ${address}`,
    `Start a worker with ASE_TASK_QUEUE=${taskQueue}. The operation on ${device.name} is kept and continues then.`,
  );

/** For a run that was not begun. */
export const noWorkerToBegin = ({ taskQueue, address }: Pick<Config, 'taskQueue' | 'address'>): AseError =>
  new AseError(
    'NoWorker',
    `no worker polls the task queue "${taskQueue}" of ${address}`,
    `Nothing was started. If the name of the task queue is wrong, correct ASE_TASK_QUEUE; otherwise start a worker with ASE_TASK_QUEUE=${taskQueue}.`,
  );

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
