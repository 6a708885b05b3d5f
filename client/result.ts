import { isGrpcCancelledError, isGrpcDeadlineError, WorkflowFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import type { ProcedureName, ProcedureResult } from './procedures.ts';
import { explainSilence } from './explain.ts';
import { endedBadly, readStatus } from './status.ts';
import type { Temporal } from './temporal.ts';

export type ResultOptions = {
  /** How long to wait for the end; default: half an hour. */
  deadline?: Date;
  /** A certain run; default: the running or last one. */
  runId?: string;
};

const halfAnHour = 30 * 60_000;

/** Waits for the end of the operation. @throws AseError OperationFailed, or why there is no end yet */
export const awaitResult = async <N extends ProcedureName>(
  temporal: Temporal,
  device: DeviceId,
  { deadline = new Date(Date.now() + halfAnHour), runId }: ResultOptions,
): Promise<ProcedureResult<N>> => {
  const handle = temporal.client.workflow.getHandle(workflowIdOf(device), runId);
  try {
    return (await temporal.connection.withDeadline(deadline, () => handle.result())) as ProcedureResult<N>;
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      throw endedBadly(device, error);
    }
    if (isGrpcDeadlineError(error) || isGrpcCancelledError(error)) throw await explainSilence(temporal, device, runId);
    // Says in our words that there is nothing.
    if (error instanceof WorkflowNotFoundError) await readStatus(temporal, device, runId);
    throw error;
  }
};
