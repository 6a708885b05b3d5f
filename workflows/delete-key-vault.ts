import { auditLogLeftBy, deletionWarning, consentTermsOf, type DeleteKeyVaultInput } from '../domain/deletion.ts';
import type { Inventory } from '../domain/inventory.ts';
import { openConsent } from './consent.ts';
import type { VaultOutcome } from './delete-device.ts';
import { deleteProtectedKeyVault } from './key-vault-protection.ts';
import { runProcedure } from './procedure.ts';

export type DeleteKeyVaultResult = {
  /** ARM id of the device, as it was given. */
  deviceId: string;
  /** `kept`: nobody consented, and nothing was touched. */
  keyVault: Exclude<VaultOutcome, { outcome: 'left alone' }>;
};

/** The article's second way: the key vault goes, its device stays. The vault can be recovered for 90 days. */
export async function deleteKeyVault(input: DeleteKeyVaultInput): Promise<DeleteKeyVaultResult> {
  return runProcedure(async (procedure) => {
    const { step, progress, lock, accept } = procedure;
    const desk = openConsent(progress);

    // 1. Somebody asks for it.
    accept(input);
    const { device, vault } = await step('planKeyVaultDeletion', input);
    const { keyVault } = vault;
    if (vault.proven) await lock.answerFor({ device, keyVault }, vault.locked);

    // 2. A person is asked, with all that lies in the vault before their eyes. No answer keeps it.
    // 3. With consent its lock comes off, and the vault is deleted; if that fails, the lock is back before anybody is asked.
    const warningOf = ({ secrets }: Inventory): string =>
      deletionWarning(device.name, vault, { deviceGoes: false, secrets });
    const question = { device, vault, warningOf, ...consentTermsOf(input) };
    const deletion = await deleteProtectedKeyVault(procedure, desk, question);
    const decided = desk.lastWord();
    if (deletion === 'kept') return { deviceId: device.id, keyVault: { outcome: 'kept', keyVault, decided } };
    const auditLog = progress.leave(auditLogLeftBy(vault, deletion));
    return { deviceId: device.id, keyVault: { outcome: 'deleted', keyVault, decided, ...deletion, ...auditLog } };
  });
}
