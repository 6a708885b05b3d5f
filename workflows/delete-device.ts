import {
  auditLogLeftBy,
  deletionWarning,
  notKnownAgain,
  wentMeanwhile,
  type AuditLogLeft,
  type VaultDeletion,
  consentTermsOf,
  type DeleteDeviceInput,
} from '../domain/deletion.ts';
import type { Inventory } from '../domain/inventory.ts';
import type { KeyVaultRef } from '../domain/key-vault.ts';
import { askAboutVault, openConsent } from './consent.ts';
import { checkVaultDeletable, deleteProtectedKeyVault } from './key-vault-protection.ts';
import type { ConsentRecord } from './messages.ts';
import { runProcedure } from './procedure.ts';

/** The result for the vault. */
export type VaultOutcome =
  | { outcome: 'kept'; keyVault: KeyVaultRef; decided: ConsentRecord }
  | ({ outcome: 'deleted'; keyVault: KeyVaultRef; decided: ConsentRecord; auditLog?: AuditLogLeft } & VaultDeletion)
  /** Nothing was asked. */
  | { outcome: 'left alone'; why: string };

export type DeleteDeviceResult = {
  /** ARM id of the device, as it was given. */
  deviceId: string;
  /** `kept`: the deletion was cancelled, and nothing was touched. */
  device: 'deleted' | 'kept';
  keyVault: VaultOutcome;
};

/** The article's first way: the device goes, and its key vault with it only if a person consents. Nothing is ever purged. */
export async function deleteDevice(input: DeleteDeviceInput): Promise<DeleteDeviceResult> {
  return runProcedure(async (procedure) => {
    const { step, progress, lock, accept } = procedure;
    const desk = openConsent(progress);

    // 1. Somebody asks for it, and types the device's name.
    accept(input);
    const { allowOnline = false } = input;
    const { device, vault: fate } = await step('planDeviceDeletion', input);
    const deleted = { deviceId: device.id, device: 'deleted' as const };
    if ('leave' in fate) {
      await step('deleteDeviceResource', { device, allowOnline });
      return { ...deleted, keyVault: { outcome: 'left alone', why: fate.leave } };
    }

    // 2. A person is asked what is to become of the key vault. No answer keeps it.
    const vault = fate.ask;
    const { keyVault } = vault;
    if (vault.proven) await lock.answerFor({ device, keyVault }, vault.locked);
    const warningOf = ({ secrets }: Inventory): string =>
      deletionWarning(device.name, vault, { deviceGoes: true, secrets });
    const question = { device, vault, warningOf, ...consentTermsOf(input) };
    await askAboutVault(procedure, desk, question);
    // What would refuse the deletion of the vault, such as somebody's lock, is found while its device is still there.
    await checkVaultDeletable(procedure, desk, question);
    if (desk.lastWord().decision === 'cancel') {
      return { deviceId: device.id, device: 'kept', keyVault: { outcome: 'kept', keyVault, decided: desk.lastWord() } };
    }

    // 3. The device is deleted, and from here on nobody can cancel. The vault is not touched before the device is gone: if
    // this step is given up, the procedure ends, and the vault stays locked with all that it holds.
    desk.deviceGoes();
    await step('deleteDeviceResource', { device, allowOnline });

    // 4. The vault goes too, if what lies in it now was agreed to; or it stays, locked. Until its lock comes off, a word to
    // keep it still counts, also one that was said while the device was being deleted.
    const deletion = await deleteProtectedKeyVault(procedure, desk, question);
    const decided = desk.lastWord();
    if (deletion !== 'kept') {
      const auditLog = progress.leave(auditLogLeftBy(vault, deletion));
      return { ...deleted, keyVault: { outcome: 'deleted', keyVault, decided, ...deletion, ...auditLog } };
    }
    const found = await step('retainKeyVault', { device, keyVault, proven: vault.proven });
    if (found !== 'retained') {
      const why = found === 'gone' ? wentMeanwhile(keyVault.name) : notKnownAgain(keyVault.name);
      return { ...deleted, keyVault: { outcome: 'left alone', why } };
    }
    lock.isOn();
    return { ...deleted, keyVault: { outcome: 'kept', keyVault, decided } };
  });
}
