import type { ConsentInAdvance } from '../domain/consent.ts';
import type { VaultAtStake } from '../domain/deletion.ts';
import type { DeviceId } from '../domain/device.ts';
import type { ConsentDesk } from './consent.ts';
import type { Steps } from './step.ts';

export type VaultQuestion = {
  device: DeviceId;
  vault: VaultAtStake;
  warning: string;
  /** What was said when the procedure was started, and by whom. */
  inAdvance?: ConsentInAdvance | undefined;
  by: string;
  /** Hours that each answer is waited for. */
  within: number;
};

/**
 * Asks until a consent covers the present contents of the vault, or the vault is kept. A vault that is kept needs no
 * inventory: a consent to keep it ends a listing that takes long or is impossible.
 */
export const askAboutVault = async (
  { stepUnless, lock }: Pick<Steps, 'stepUnless'> & { lock: { waited: () => void } },
  desk: ConsentDesk,
  { device, vault, warning, inAdvance, by, within }: VaultQuestion,
): Promise<void> => {
  const { keyVault, channelIntegrityKeyName, derivedKeyName } = vault;
  const names = {
    ...(channelIntegrityKeyName ? { channelIntegrityKeyName } : {}),
    ...(derivedKeyName ? { derivedKeyName } : {}),
  };
  const input = { device, keyVault, ...names };
  if (inAdvance?.decision === 'keep-vault' && !desk.answer) desk.takeInAdvance(inAdvance, by, vault);
  while (!desk.keeps()) {
    desk.isListing(keyVault);
    const inventory = await stepUnless(desk.keeps, 'takeInventory', input);
    if (!inventory) return;
    if (inAdvance?.decision === 'delete-vault' && !desk.answer) desk.takeInAdvance(inAdvance, by, vault, inventory);
    if (desk.covers(inventory) || desk.keeps()) return;
    await desk.ask({ keyVault, warning, inventory, within });
    lock.waited();
  }
};
