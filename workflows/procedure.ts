import {
  allHandlersFinished,
  CancellationScope,
  condition,
  setHandler,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import { deviceKey, deviceNamedBy, workflowIdOf, type DeviceId } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import { openDecisions } from './decisions.ts';
import { asFailure } from './failure.ts';
import { openLockCare, type LockCare } from './key-vault-protection.ts';
import { statusQuery } from './messages.ts';
import { openProgress, type Progress } from './progress.ts';
import { createSteps, type Steps } from './step.ts';

/** The tools of a procedure. */
export type Procedure = Steps & {
  progress: Progress;
  lock: LockCare;
  /**
   * Takes on the device that the input names. All else in the input is judged by the first activity: what was started under the
   * rules of one release goes on under those of another. @throws Refusal InvalidInput · WrongWorkflowId
   */
  accept: (input: unknown) => void;
};

/**
 * Runs a procedure: messages are listened to before the input is read, so that a caller learns why it was refused; our
 * refusals become failures of the workflow; callers that wait are answered, and the vault has its lock, before it ends.
 */
export const runProcedure = async <T>(
  body: (procedure: Procedure) => Promise<T>,
  onFailure: (failure: Error) => void = () => undefined,
): Promise<T> => {
  const progress = openProgress(workflowInfo().workflowType);
  setHandler(statusQuery, () => progress.status, {
    description: 'Returns the progress of the procedure; blocked contains cause and remedy. It takes no data.',
  });
  const { endBeside, ...steps } = createSteps(progress, openDecisions(progress));
  const lock = openLockCare(steps, progress);
  const accept = (input: unknown): void => {
    const device = deviceNamedBy(input);
    assertOwnId(device);
    progress.accept(deviceKey(device));
    lock.accept(device);
  };
  const end = await endOf(lock, () => body({ ...steps, progress, lock, accept }));
  await CancellationScope.nonCancellable(endBeside);
  progress.close();
  // Last, so that whoever is told that the run has ended can begin what comes next.
  if ('failure' in end && end.failure instanceof Error) onFailure(end.failure);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  if ('result' in end) return end.result;
  throw end.failure;
};

const endOf = async <T>(lock: LockCare, body: () => Promise<T>): Promise<{ result: T } | { failure: unknown }> => {
  try {
    const result = await body();
    await lock.settle();
    return { result };
  } catch (error) {
    return { failure: await settled(lock, asFailure(error)) };
  }
};

/** What the run fails with, once the lock is as it must be, or is said not to be. */
const settled = async (lock: LockCare, failure: unknown): Promise<unknown> => {
  if (!(failure instanceof TemporalFailure)) return failure;
  try {
    await lock.settleAfter(failure);
    return failure;
  } catch (worse) {
    return asFailure(worse);
  }
};

/** One id for a device is what keeps two procedures off it. */
const assertOwnId = (device: DeviceId): void => {
  const { workflowId } = workflowInfo();
  const right = workflowIdOf(device);
  if (workflowId !== right) {
    throw new Refusal(
      'WrongWorkflowId',
      `start this procedure with the workflow id "${right}"; it was started with "${workflowId}"`,
    );
  }
};
