/** Holds each step of a procedure to the vault that was judged to be the device's. */
import type { Azure } from '../azure/clients.ts';
import { readOwnership, readOwnershipOfDeleted } from '../azure/ownership.ts';
import { readDeletedKeyVault, readKeyVault } from '../azure/read.ts';
import type { Device } from '../domain/device.ts';
import { Refusal } from '../domain/failures.ts';
import {
  accepted,
  becameAnothers,
  compareVaults,
  mayNotRead,
  ownerUnseen,
  planKeyVault,
  refusalOf,
  vaultUndated,
  vaultUnproven,
  type AcceptedKeyVaultPlan,
  type KeyVault,
  type KeyVaultRef,
  type KeyVaultWish,
} from '../domain/key-vault.ts';
import { isOwn, isTaggedForAnother, type Claimant, type Looked, type Ownership } from '../domain/ownership.ts';

/**
 * Looks for the vault, among the deleted ones too where there is none, and judges what is to be done.
 * @throws Refusal
 */
export const readAndPlanKeyVault = async (azure: Azure, wish: KeyVaultWish): Promise<AcceptedKeyVaultPlan> => {
  const vault = await readKeyVault(azure, wish.device, wish.name);
  return planKeyVaultSeen(azure, wish, vault);
};

/**
 * The same for a caller that has read the live vault already.
 * @param createdHere creation time that Azure answered to this step @throws Refusal
 */
export const planKeyVaultSeen = async (
  azure: Azure,
  wish: KeyVaultWish,
  vault: Looked<KeyVault>,
  createdHere?: string,
): Promise<AcceptedKeyVaultPlan> => {
  const { device, name, link } = wish;
  if (typeof vault === 'object') {
    const context = { link, ...(createdHere === undefined ? {} : { createdHere }) };
    const ownership = await readOwnership(azure, device, vault.found, context);
    return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted: 'absent', ownership }));
  }
  const deleted = await readDeletedKeyVault(azure, device, name);
  if (typeof deleted !== 'object') return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted }));
  const ownership = await readOwnershipOfDeleted(azure, device, deleted.found, link);
  return accepted<AcceptedKeyVaultPlan>(planKeyVault(wish, { vault, deleted, ownership }));
};

/**
 * The vault that the procedure began with, where it is still there. Before anything is written to it: another one of its name
 * may have taken its place, or a creation that was carried out late may have made it another device's. One that may not be
 * read may be anybody's by now.
 * @throws Refusal VaultReplaced · VaultUnproven · VaultNameTaken · MissingPermission
 */
export const findKeyVaultInHand = async (
  azure: Azure,
  device: Claimant,
  keyVault: KeyVaultRef,
): Promise<{ found: KeyVault } | 'absent'> => {
  const vault = await readKeyVault(azure, device, keyVault.name);
  if (vault === 'unknown') throw refusalOf(mayNotRead(keyVault.name));
  if (vault !== 'absent') await assertInHand(azure, device, keyVault, vault.found);
  return vault;
};

/** The same where it must be there. @throws Refusal RequestRefused when it is gone */
export const readKeyVaultInHand = async (azure: Azure, device: Claimant, keyVault: KeyVaultRef): Promise<KeyVault> => {
  const vault = await findKeyVaultInHand(azure, device, keyVault);
  if (vault !== 'absent') return vault.found;
  throw new Refusal('RequestRefused', `the vault "${keyVault.name}" is gone`, { keyVaultId: keyVault.id });
};

/**
 * Reads the vault and its owner again, before access is granted or a protection is removed.
 * @throws Refusal VaultUnproven · VaultNameTaken · MissingPermission
 */
export const readOwnKeyVault = async (azure: Azure, device: Device, keyVault: KeyVaultRef): Promise<KeyVault> => {
  const vault = await readKeyVaultInHand(azure, device, keyVault);
  assertOwn(device, vault, await readOwnershipInHand(azure, device, keyVault, vault));
  return vault;
};

/** @throws Refusal VaultUnproven · VaultNameTaken · MissingPermission */
const assertOwn = (device: Device, vault: KeyVault, ownership: Ownership): void => {
  switch (ownership.owner) {
    case 'this device':
      return;
    case 'another device':
      throw becameAnothers(vault, ownership.which);
    case 'unknown':
      throw refusalOf(ownerUnseen(vault.name, ownership.missing));
    case 'former device':
    case 'retained':
    case 'nobody':
      throw refusalOf(vaultUnproven(device, vault));
  }
};

const assertInHand = async (azure: Azure, device: Claimant, keyVault: KeyVaultRef, vault: KeyVault): Promise<void> => {
  const compared = compareVaults(keyVault, vault);
  if (compared === 'another') throw vaultReplaced(keyVault, vault);
  if (compared === 'same' && !isTaggedForAnother(vault.tags, device)) return;
  const ownership = await readOwnershipInHand(azure, device, keyVault, vault);
  if (ownership.owner === 'another device') throw becameAnothers(vault, ownership.which);
  if (compared === 'same' || isOwn(ownership)) return;
  if (ownership.owner === 'unknown') throw refusalOf(ownerUnseen(vault.name, ownership.missing));
  throw refusalOf(vaultUndated(device, vault));
};

/** Reads the owner of the vault, for the procedure that began with it. */
export const readOwnershipInHand = async (
  azure: Azure,
  device: Claimant,
  { createdAt: inHand }: KeyVaultRef,
  vault: KeyVault,
): Promise<Ownership> => readOwnership(azure, device, vault, inHand === undefined ? {} : { inHand });

/** Another vault has the name of the one that a procedure began with. */
export const vaultReplaced = (
  { createdAt: planned = 'unknown', id }: KeyVaultRef,
  { name, createdAt = 'unknown' }: KeyVault,
) =>
  new Refusal(
    'VaultReplaced',
    `the vault "${name}" was created at ${createdAt}; the procedure began with a vault that was created at ${planned}`,
    { keyVaultId: id, planned, found: createdAt },
  );
