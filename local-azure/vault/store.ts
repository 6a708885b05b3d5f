import { forgetExtensions } from '../arm/extensions.ts';
import { fold } from '../arm/path.ts';
import { own } from '../json.ts';
import type { State } from '../state.ts';
import type { Secret } from './secret.ts';
import { purgeDate, type DeletedVault, type Vault } from './vault.ts';

export const findVault = (state: State, name: string): Vault | undefined => own(state.vaults, fold(name));

/** A deleted vault within its retention and not purged; past that the name is free again. */
export const findDeletedVault = (state: State, name: string, now: number): DeletedVault | undefined => {
  const deleted = own(state.deletedVaults, fold(name));
  return deleted && !isGone(deleted, now) ? deleted : undefined;
};

export const deletedVaults = (state: State, now: number): DeletedVault[] =>
  Object.values(state.deletedVaults).filter((deleted) => !isGone(deleted, now));

const isGone = ({ purgeAt, purge }: DeletedVault, now: number): boolean =>
  purgeAt <= now || (purge !== undefined && purge.endsAt <= now);

export const softDeleteVault = (state: State, vault: Vault, now: number): void => {
  delete state.vaults[fold(vault.name)];
  forgetExtensions(state, vault.id);
  state.deletedVaults[fold(vault.name)] = { vault, deletedAt: now, purgeAt: purgeDate(vault, now) };
};

const day = 86_400_000;

/** Deleted vaults whose time is over, and the purges that nobody asks about any more (a day is assumed). */
export const ripenVaults = (state: State, now: number): void => {
  for (const [name, deleted] of Object.entries(state.deletedVaults)) {
    if (isGone(deleted, now)) delete state.deletedVaults[name];
  }
  for (const [operation, { endsAt }] of Object.entries(state.vaultPurges)) {
    if (endsAt + day <= now) delete state.vaultPurges[operation];
  }
};

/** Brings the vault back as it was; its name has to be registered anew. */
export const recoverVault = (state: State, { vault }: DeletedVault, reachableFrom: number): Vault => {
  const recovered: Vault = { ...vault, reachableFrom, isRecovered: true };
  delete state.deletedVaults[fold(vault.name)];
  state.vaults[fold(vault.name)] = recovered;
  return recovered;
};

/** The secret, deleted or not; one past its retention is gone. */
export const findSecret = (vault: Vault, name: string, now: number): Secret | undefined => {
  const secret = own(vault.secrets, fold(name));
  return secret?.deletion && secret.deletion.purgeAt <= now ? undefined : secret;
};
