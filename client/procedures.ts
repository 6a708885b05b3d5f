/** The procedures that can be started on a device, by the names of their workflow types. */
import { readActivationInput, type GenerateActivationKeyInput } from '../domain/activation-input.ts';
import {
  readDeviceDeletion,
  readKeyVaultDeletion,
  type DeleteDeviceInput,
  type DeleteKeyVaultInput,
} from '../domain/deletion-input.ts';
import { readDeviceInput, type DeviceInput } from '../domain/device-request.ts';
import { parseDeviceId, type DeviceId } from '../domain/device.ts';
import { readRecoveryInput, type RecoverKeyVaultInput } from '../domain/recovery-input.ts';
import { readRegenerationInput, type RegenerateActivationKeyInput } from '../domain/regeneration-input.ts';
import type { DeleteDeviceResult } from '../workflows/delete-device.ts';
import type { DeleteKeyVaultResult } from '../workflows/delete-key-vault.ts';
import type { GenerateActivationKeyResult } from '../workflows/generate-activation-key.ts';
import type { RecoverKeyVaultResult } from '../workflows/recover-key-vault.ts';
import type { RegenerateActivationKeyResult } from '../workflows/regenerate-activation-key.ts';
import type { RepairDeviceResult } from '../workflows/repair-device.ts';
import { reading } from './errors.ts';

type Procedures = {
  deleteDevice: { input: DeleteDeviceInput; result: DeleteDeviceResult };
  deleteKeyVault: { input: DeleteKeyVaultInput; result: DeleteKeyVaultResult };
  generateActivationKey: { input: GenerateActivationKeyInput; result: GenerateActivationKeyResult };
  recoverKeyVault: { input: RecoverKeyVaultInput; result: RecoverKeyVaultResult };
  regenerateActivationKey: { input: RegenerateActivationKeyInput; result: RegenerateActivationKeyResult };
  repairDevice: { input: DeviceInput; result: RepairDeviceResult };
};

export type ProcedureName = keyof Procedures;
export type ProcedureInput<N extends ProcedureName> = Procedures[N]['input'];
export type ProcedureResult<N extends ProcedureName> = Procedures[N]['result'];

/** Each judges an input as its procedure would, before anything is started. */
const readers: { [N in ProcedureName]: (input: unknown) => { deviceId: string } } = {
  deleteDevice: readDeviceDeletion,
  deleteKeyVault: readKeyVaultDeletion,
  generateActivationKey: readActivationInput,
  recoverKeyVault: readRecoveryInput,
  regenerateActivationKey: readRegenerationInput,
  repairDevice: readDeviceInput,
};

export const procedureNames: readonly string[] = Object.keys(readers);

/** The device that an input is about. @throws AseError InvalidInput */
export const acceptInput = <N extends ProcedureName>(procedure: N, input: ProcedureInput<N>): DeviceId =>
  reading(() => parseDeviceId(readers[procedure](input).deviceId));
