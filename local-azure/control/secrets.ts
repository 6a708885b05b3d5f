import { fold } from '../arm/path.ts';
import type { Settings } from '../settings.ts';
import type { Secret } from '../vault/secret.ts';
import { findSecret } from '../vault/store.ts';
import { purgeDate, type Vault } from '../vault/vault.ts';
import { vaultNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

/** Which secret: by its name, or by as much of its beginning as tells it from the others. */
type SecretByName = { vaultName: string; secret: string };

/** What happens to secrets without anybody's leave. */
export const controlSecrets = ({ state, now }: Controlled, settings: () => Settings) => {
  const secretNamed = ({ vaultName, secret }: SecretByName): { vault: Vault; found: Secret } => {
    const vault = vaultNamed(state(), vaultName);
    const names = Object.keys(vault.secrets).filter((name) => name.startsWith(fold(secret)));
    const [only, another] = names.flatMap((name) => findSecret(vault, name, now()) ?? []);
    if (!only) throw new Error(`There is no secret '${secret}' in the vault '${vaultName}'.`);
    if (another) throw new Error(`Several secrets begin with '${secret}': ${names.join(', ')}.`);
    return { vault, found: only };
  };
  const enable = (named: SecretByName, enabled: boolean): void => {
    for (const { attributes } of secretNamed(named).found.versions.slice(-1)) attributes.enabled = enabled;
  };
  return {
    /** Deletes a secret with all its versions. It can be recovered. */
    softDeleteSecret: (named: SecretByName): void => {
      const { vault, found } = secretNamed(named);
      const at = now();
      found.deletion ??= { at, visibleFrom: at + settings().secretDeletion, purgeAt: purgeDate(vault, at) };
    },
    /** Takes a deleted secret back; it can be read a moment later. */
    recoverSecret: (named: SecretByName): void => {
      const { found } = secretNamed(named);
      if (!found.deletion) return;
      delete found.deletion;
      found.readableFrom = now() + settings().secretRecovery;
    },
    /** Disables the latest version of a secret. */
    disableSecret: (named: SecretByName): void => enable(named, false),
    /** Enables the latest version of a secret. */
    enableSecret: (named: SecretByName): void => enable(named, true),
  };
};
