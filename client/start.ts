/** Starting a procedure, or joining the run that is under way. */
import type { WorkflowStartOptions } from '@temporalio/client';
import {
  TypedSearchAttributes,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowIdConflictPolicy,
} from '@temporalio/common';
import type { GenerateActivationKeyInput } from '../domain/activation-input.ts';
import { deviceKey, workflowIdOf, type DeviceId } from '../domain/device.ts';
import { searchAttributes } from '../workflows/search-attributes.ts';
import { acceptInput, type ProcedureInput, type ProcedureName } from './procedures.ts';
import { findOtherProcedure } from './situation.ts';
import { describe } from './status.ts';
import type { Temporal } from './temporal.ts';

export type Started = {
  deviceId: string;
  workflowId: string;
  runId: string;
  /** False: it was under way already, with the input it was started with. */
  started: boolean;
};

/** The one procedure that is joined where it runs already: any number of starts end with one key. */
export const activation = 'generateActivationKey';

/** Only this client says what it started and what it joined; Temporal's own attach is silent. */
export const startActivation = async (temporal: Temporal, input: GenerateActivationKeyInput): Promise<Started> => {
  const device = acceptInput(activation, input);
  for (;;) {
    const started = await startNew(temporal, activation, device, input);
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device, activation);
    if (busy) throw busy;
    const { status, workflowId, runId } = await describe(temporal, device);
    // One that ended in this very moment is nothing to join.
    if (status.name === 'RUNNING') return { deviceId: device.id, workflowId, runId, started: false };
  }
};

/** Starts a procedure on a device that is free. @throws AseError DeviceBusy, saying what runs and how to end it */
export const startProcedure = async <N extends ProcedureName>(
  temporal: Temporal,
  procedure: N,
  device: DeviceId,
  input: ProcedureInput<N>,
): Promise<Started> => {
  for (;;) {
    const started = await startNew(temporal, procedure, device, input);
    if (started) return started;
    const busy = await findOtherProcedure(temporal, device);
    if (busy) throw busy;
    // It ended in this very moment: the device is free.
  }
};

const startNew = async <N extends ProcedureName>(
  { client, config, within }: Temporal,
  procedure: N,
  device: DeviceId,
  input: ProcedureInput<N>,
): Promise<Started | undefined> => {
  try {
    const options = startOptions(config.taskQueue, device, input, 'FAIL');
    const handle = await within(() => client.workflow.start(procedure, options));
    return { deviceId: device.id, workflowId: handle.workflowId, runId: handle.firstExecutionRunId, started: true };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
};

type StartOptions = WorkflowStartOptions & { workflowIdConflictPolicy: WorkflowIdConflictPolicy };

export const startOptions = (
  taskQueue: string,
  device: DeviceId,
  input: ProcedureInput<ProcedureName>,
  workflowIdConflictPolicy: WorkflowIdConflictPolicy,
): StartOptions => ({
  workflowId: workflowIdOf(device),
  workflowIdConflictPolicy,
  taskQueue,
  args: [input],
  staticSummary: `${device.name} (${device.resourceGroup})`,
  typedSearchAttributes: new TypedSearchAttributes([
    { key: searchAttributes.device, value: deviceKey(device) },
    { key: searchAttributes.phase, value: 'working' },
  ]),
});
