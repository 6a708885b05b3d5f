import { refuse, resourceNotFound } from '../arm/answers.ts';
import { fold } from '../arm/path.ts';
import type { ArmCall } from '../arm/provider.ts';
import { findDeletedVault, findVault } from '../vault/store.ts';
import type { DeletedVault, Vault } from '../vault/vault.ts';

export const vaultType = 'Microsoft.KeyVault/vaults';

/** The vault that the call names, at the very place that it names. */
export const vaultAt = ({ state, target }: ArmCall): Vault | undefined => {
  const vault = findVault(state, target.names[0] ?? '');
  return vault && fold(target.id).startsWith(fold(vault.id)) ? vault : undefined;
};

export const existing = (call: ArmCall): Vault => {
  const vault = vaultAt(call);
  if (vault) return vault;
  throw resourceNotFound(vaultType, call.target.names[0] ?? '', call.target.resourceGroup);
};

/** The deleted vault that the call names by location and name. */
export const existingDeleted = (call: ArmCall): DeletedVault => {
  const [location = '', name = ''] = call.target.names;
  const deleted = findDeletedVault(call.state, name, call.now);
  if (deleted && isOfSubscription(call, deleted.vault) && fold(deleted.vault.location) === fold(location))
    return deleted;
  throw refuse(404, 'ResourceNotFound', 'The specified resource does not exist.');
};

export const isOfSubscription = ({ target }: ArmCall, vault: Vault): boolean =>
  fold(vault.subscriptionId) === fold(target.subscriptionId ?? '');
