import { fold, parseArmPath, tagScopeOf, type ArmTarget } from '../arm/path.ts';
import type { Exchange } from '../arm/provider.ts';
import { isAtOrBelow } from '../arm/rights.ts';
import { destinationOf } from '../endpoints.ts';
import { findDeletedVault, findVault } from '../vault/store.ts';
import type { Vault } from '../vault/vault.ts';

/** The vault that a call is about, and the call's name in the audit log. */
export type Subject = { vault: Vault; isDeleted: boolean; operation: string };

/** Nothing for a call that is not about one vault that exists or is deleted. */
export const subjectOf = (exchange: Exchange): Subject | undefined => {
  const destination = destinationOf(exchange.url.hostname);
  if (destination.to === 'arm') return subjectInControlPlane(exchange);
  const vault = destination.to === 'vault' ? findVault(exchange.state, destination.vaultName) : undefined;
  return vault && { vault, isDeleted: false, operation: exchange.entry.operation ?? 'Authentication' };
};

/** Names documented; the one for access policies is assumed. */
const operations: Readonly<Record<string, string>> = {
  'PUT vaults/{}': 'VaultPut',
  'PATCH vaults/{}': 'VaultPatch',
  'GET vaults/{}': 'VaultGet',
  'DELETE vaults/{}': 'VaultDelete',
  'PUT vaults/{}/accesspolicies/{}': 'VaultPatch',
  'GET locations/{}/deletedvaults/{}': 'VaultGetDeleted',
  'POST locations/{}/deletedvaults/{}/purge': 'VaultPurge',
};

const subjectInControlPlane = ({ request, url, state, now }: Exchange): Subject | undefined => {
  const tagScope = tagScopeOf(url.pathname);
  const target = parseArmPath(tagScope ?? url.pathname);
  if (target?.namespace !== 'microsoft.keyvault') return undefined;
  // Tags are written by a PATCH of what carries them.
  const method = tagScope === undefined || request.method === 'GET' ? request.method : 'PATCH';
  const operation = operations[`${method} ${target.pattern}`];
  if (operation === undefined) return undefined;
  const name = target.names[target.pattern.startsWith('locations/') ? 1 : 0] ?? '';
  const vault = findVault(state, name);
  if (vault && isVaultAt(vault, target)) return { vault, isDeleted: false, operation };
  const deleted = findDeletedVault(state, name, now)?.vault;
  return deleted && isVaultAt(deleted, target) ? { vault: deleted, isDeleted: true, operation } : undefined;
};

/** Names are global: the vault of this name may be another one than the path's. */
const isVaultAt = (vault: Vault, { id, subscriptionId, pattern }: ArmTarget): boolean =>
  pattern.startsWith('locations/')
    ? fold(vault.subscriptionId) === fold(subscriptionId ?? '')
    : isAtOrBelow(id, vault.id);
