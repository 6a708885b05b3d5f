/** The procedures that can be started on a device, by the names of their workflow types. */
import type * as workflows from '../workflows/index.ts';
import type { WorkflowResultType } from '@temporalio/common';
import { readDeviceDeletion, readKeyVaultDeletion } from '../domain/deletion.ts';
import { type DeviceId, parseDeviceId } from '../domain/device.ts';
import { type FailureEntry, failures } from '../domain/failures.ts';
import { oneOf, readActivationInput, readDeviceInput, readRecoveryInput } from '../domain/inputs.ts';
import { readRegenerationInput } from '../domain/regeneration.ts';
import { steps } from '../workflows/steps.ts';
import { reading } from './errors.ts';

/** Every workflow type, as the worker runs it: from here come the shapes of what goes in and what comes out. */
export type Workflows = typeof workflows;
/** Those that only look, under ids of their own. */
export type LookName = 'inspectDevice' | 'previewActivation';

export type ProcedureName = Exclude<keyof Workflows, LookName>;
export type ProcedureInput<N extends ProcedureName> = Parameters<Workflows[N]>[0];
export type ProcedureResult<N extends ProcedureName> = WorkflowResultType<Workflows[N]>;

/** Each judges an input as its procedure would, before anything is started. */
const readers: { [N in ProcedureName]: (input: unknown) => { deviceId: string } } = {
  deleteDevice: readDeviceDeletion,
  deleteKeyVault: readKeyVaultDeletion,
  generateActivationKey: readActivationInput,
  recoverKeyVault: readRecoveryInput,
  regenerateActivationKey: readRegenerationInput,
  repairDevice: readDeviceInput,
};

export const procedureNames = Object.keys(readers) as readonly ProcedureName[];

/** The device that an input is about. @throws AseError InvalidInput */
export const acceptInput = <N extends ProcedureName>(procedure: N, input: ProcedureInput<N>): DeviceId =>
  reading(() => {
    const reader = readers[oneOf<ProcedureName>('procedure', procedure, procedureNames)];
    return parseDeviceId(reader(input).deviceId);
  });

// Names that may be typed, in the order of their tables: of steps, of what blocks them, and of procedures.

export const stepNames: readonly string[] = Object.keys(steps);

/** A fatal failure ends an operation, and blocks none. */
export const blockingFailures: readonly string[] = Object.entries<FailureEntry>(failures).flatMap(([type, entry]) =>
  entry.class === 'fatal' ? [] : [type],
);
