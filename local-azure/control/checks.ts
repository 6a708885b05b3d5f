import { locations, normalLocation } from '../arm/locations.ts';
import { parseArmPath } from '../arm/path.ts';
import type { State } from '../state.ts';
import { findVault } from '../vault/store.ts';
import type { Vault } from '../vault/vault.ts';

/** Refuses what would lie nowhere, for want of a slash or with one too many: it may have been typed by hand. */
export const assertScope = (scope: string): void => {
  const isId = scope.startsWith('/subscriptions/') && !scope.endsWith('/') && !scope.includes('//');
  if (isId && parseArmPath(scope)) return;
  throw new Error(`"scope" is the id of a subscription, group or resource, not '${scope}'.`);
};

/** `West Europe` and `westeurope` are one region. */
export const regionNamed = (name: string): string => {
  const region = locations.find((known) => known === normalLocation(name));
  if (region !== undefined) return region;
  throw new Error(`There is no region '${name}'; there is ${locations.join(', ')}.`);
};

export const vaultNamed = (state: State, name: string): Vault => {
  const vault = findVault(state, name);
  if (vault) return vault;
  throw new Error(`There is no vault '${name}'.`);
};
