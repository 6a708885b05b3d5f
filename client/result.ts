import { WorkflowFailedError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { workflowIdOf, type DeviceId } from '../domain/device.ts';
import { AseError } from './errors.ts';
import { explainSilence } from './explain.ts';
import { acceptDeadline, type OfRun } from './of-run.ts';
import type { ProcedureName, ProcedureResult, Workflows } from './procedures.ts';
import { describe, endedBadly, readStatus } from './status.ts';
import { isTimeUp } from './grpc.ts';
import type { Temporal } from './temporal.ts';

export type ResultOptions = {
  /** How long to wait for the end; default: half an hour. */
  deadline?: Date;
};

/** A run of this procedure, whose result has its shape; without a procedure, of whichever it is. */
export type OfProcedure<N extends ProcedureName> = OfRun & { procedure?: N };

const halfAnHour = 30 * 60_000;

/** Waits for the end of the operation. @throws AseError OperationFailed · NotFound, or why there is no end yet */
export const awaitResult = async <N extends ProcedureName>(
  temporal: Temporal,
  device: DeviceId,
  { procedure, runId: asked }: Omit<OfProcedure<N>, 'deviceId'>,
  options: ResultOptions = {},
): Promise<ProcedureResult<N>> => {
  const deadline = acceptDeadline(options, halfAnHour);
  const runId = procedure === undefined ? asked : await findRun(temporal, device, procedure, asked);
  const handle = temporal.client.workflow.getHandle<Workflows[N]>(workflowIdOf(device), runId);
  try {
    return await temporal.until(deadline, () => handle.result());
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      throw endedBadly(device, error);
    }
    if (isTimeUp(error)) throw await explainSilence(temporal, device, runId);
    // Says in our words that there is nothing.
    if (error instanceof WorkflowNotFoundError) await readStatus(temporal, device, runId);
    throw error;
  }
};

/** That the run is one of this procedure is known before its result is taken for one. */
const findRun = async (
  temporal: Temporal,
  device: DeviceId,
  procedure: ProcedureName,
  asked: string | undefined,
): Promise<string> => {
  const { type, runId } = await describe(temporal, device, asked);
  if (type === procedure) return runId;
  const which = asked === undefined ? 'last operation' : `run ${asked}`;
  throw new AseError('NotFound', `the ${which} on ${device.name} is no ${procedure}: it is ${type}`, 'Name its run.', {
    actions: [{ action: 'status', deviceId: device.id }],
  });
};
