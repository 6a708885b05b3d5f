import { fold } from '../arm/path.ts';
import { own } from '../json.ts';
import type { State } from '../state.ts';
import { findVault } from '../vault/store.ts';
import type { VaultLink } from './state.ts';

/**
 * The value of the secret version that a link names, or nothing if there is no such thing. The real service never sees
 * the channel integrity key: there the device seals `encryptionKey`. Reading the state stands in for that.
 */
export const linkedSecret = (state: State, link: VaultLink): string | undefined => {
  const vault = findVault(state, link.clientSecretStoreId?.split('/').at(-1) ?? '');
  if (!vault || fold(vault.id) !== fold(link.clientSecretStoreId ?? '')) return undefined;
  const secret = own(vault.secrets, fold(link.channelIntegrityKeyName ?? ''));
  if (!secret || secret.deletion) return undefined;
  return secret.versions.find(({ version }) => version === link.channelIntegrityKeyVersion)?.value;
};
