import { fold } from '../arm/path.ts';
import type { Secret } from '../vault/secret.ts';
import { findSecret } from '../vault/store.ts';
import { purgeDate, type Vault } from '../vault/vault.ts';
import { vaultNamed } from './checks.ts';
import type { Controlled } from './controlled.ts';

/** Which secret: by its name, or by as much of its beginning as tells it from the others. */
type SecretByName = { vaultName: string; secret: string };

/** What happens to secrets without anybody's leave. */
export const controlSecrets = ({ state, now }: Controlled) => {
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
    /** Deletes a secret with all its versions. It is among the deleted ones at once, and can be recovered. */
    softDeleteSecret: (named: SecretByName): void => {
      const { vault, found } = secretNamed(named);
      found.deletion ??= { at: now(), visibleFrom: now(), purgeAt: purgeDate(vault, now()) };
    },
    /** Takes a deleted secret back, at once. */
    recoverSecret: (named: SecretByName): void => {
      delete secretNamed(named).found.deletion;
    },
    /** Disables the latest version of a secret. */
    disableSecret: (named: SecretByName): void => enable(named, false),
    /** Enables the latest version of a secret. */
    enableSecret: (named: SecretByName): void => enable(named, true),
  };
};
