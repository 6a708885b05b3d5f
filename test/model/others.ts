/** What people and programs beside us do in Azure, and what must therefore still be there in the end. */
import { keyVaultIdOf } from '../../domain/key-vault.ts';
import { activationKeySecretName, defaultKeyVaultName, deviceHash, keyVaultLockName } from '../../domain/names.ts';
import { setPolicies, type Vault } from '../../local-azure/vault/vault.ts';
import type { World } from '../harness/world.ts';
import type { deedsOfOthers } from './happenings.ts';

type Deed = (typeof deedsOfOthers)[number];

export const strangersId = '5a5a5a5a-0000-4000-8000-000000000000';

/** A text that is found nowhere by chance. */
export const theirSecret = 'the-value-of-a-secret-that-belongs-to-somebody-else';

const takenRights = {
  'take the right to delete locks': 'Microsoft.Authorization/locks/delete',
  'take the right to write vaults': 'Microsoft.KeyVault/vaults/write',
} as const;

/** No lock outlives a deletion. */
const unlocking: ReadonlySet<Deed> = new Set(['remove our lock', 'delete the vault', 'recover the vault']);

/** What others have done that changes what may be expected. */
export const createOthers = (world: World) => {
  const { azure, clock } = world;
  const name = defaultKeyVaultName(world.device());
  const vaultId = keyVaultIdOf(world.device(), name);
  const group = world.device().id.split('/providers/')[0] ?? '';
  const done = new Set<Deed>();
  /** Locks of others that are still on. */
  const locks = new Map<string, { scope: string; name: string }>();
  let written = 0;
  let granted = false;
  let wrote = false;
  let twoVaults = false;
  let unlockedAt = 0;

  const live = (): Vault | undefined =>
    Object.values(azure.state.vaults).find(({ tags }) => tags['ase-device-hash'] === deviceHash(world.device())) ??
    azure.state.vaults[name];
  const withVault = (act: (vault: Vault) => void): void => {
    const vault = live();
    if (vault) act(vault);
  };
  const lock = (scope: string, level: 'CanNotDelete' | 'ReadOnly'): void => {
    azure.control.putLock({ scope, name: 'theirs', level });
    locks.set(`${scope}/providers/Microsoft.Authorization/locks/theirs`.toLowerCase(), { scope, name: 'theirs' });
  };
  const unlock = (): void => {
    for (const theirs of locks.values()) azure.control.removeLock(theirs);
    locks.clear();
  };
  const write = (vault: Vault, secret: string): void => {
    const seconds = Math.floor(clock.now() / 1000);
    const versions = vault.secrets[secret]?.versions ?? [];
    written += 1;
    const version = `${written}`.padStart(32, 'f');
    const attributes = { enabled: true, created: seconds, updated: seconds };
    vault.secrets[secret] = { name: secret, versions: [...versions, { version, value: theirSecret, attributes }] };
  };
  const keyNameOf = (vault: Vault): string | undefined =>
    Object.keys(vault.secrets).find((secret) => secret.startsWith('ase-cik-'));
  const remove = (vault: Vault, secret: string | undefined): void => {
    if (secret) delete vault.secrets[secret];
  };
  /** As their owner; what Azure refuses has not happened. */
  const ask = async (method: string, id: string, body?: object): Promise<void> => {
    try {
      await world.asOwner(method, id, '2026-02-01', body);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(' answered '))) throw error;
    }
  };
  const giveRightsBack = (): void => {
    for (const action of Object.values(takenRights)) azure.control.giveBackRight({ principal: 'worker', action });
  };

  const deeds: Record<Deed, () => void | Promise<void>> = {
    'lock the vault': () => withVault(({ id }) => lock(id, 'CanNotDelete')),
    'lock the group read-only': () => lock(group, 'ReadOnly'),
    'remove their locks': unlock,
    'remove our lock': () => withVault(({ id }) => azure.control.removeLock({ scope: id, name: keyVaultLockName })),
    'grant a stranger access': () =>
      withVault((vault) => {
        granted = true;
        const { tenantId } = vault;
        const theirs = { tenantId, objectId: strangersId, permissions: { secrets: ['list'] } };
        const others = vault.accessPolicies.filter(({ objectId }) => objectId !== strangersId);
        setPolicies(vault, [...others, theirs], clock.now(), clock.now());
      }),
    'take access from the device': () =>
      withVault((vault) => {
        const device = azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()];
        const left = vault.accessPolicies.filter(({ objectId }) => objectId !== device?.principalId);
        setPolicies(vault, left, clock.now(), clock.now());
      }),
    'write a secret': () =>
      withVault((vault) => {
        wrote = true;
        write(vault, 'theirs');
      }),
    'replace the channel integrity key': () =>
      withVault((vault) => {
        const key = keyNameOf(vault);
        if (key) write(vault, key);
      }),
    'delete the activation key': () => withVault((vault) => remove(vault, activationKeySecretName)),
    'delete the channel integrity key': () => withVault((vault) => remove(vault, keyNameOf(vault))),
    'delete the vault': () =>
      withVault((vault) => {
        for (const theirs of locks.keys()) if (theirs.startsWith(vault.id.toLowerCase())) locks.delete(theirs);
        azure.control.softDeleteVault({ vaultName: vault.name });
      }),
    'recover the vault': async () => {
      const other = live();
      await ask('PUT', vaultId, {
        location: 'westeurope',
        properties: {
          createMode: 'recover',
          tenantId: azure.state.tenantId,
          sku: { family: 'A', name: 'standard' },
          accessPolicies: [],
        },
      });
      twoVaults ||= other !== undefined && other.name !== name && azure.state.vaults[name] !== undefined;
    },
    'purge the vault': () => {
      const [subscription = ''] = /^\/subscriptions\/[^/]+/.exec(vaultId) ?? [];
      const deleted = `${subscription}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/${name}`;
      return ask('POST', `${deleted}/purge`);
    },
    'close the firewall': () => withVault((vault) => azure.control.closeFirewall({ vaultName: vault.name })),
    'open the firewall': () => withVault((vault) => azure.control.openFirewall({ vaultName: vault.name })),
    'strip the tags': () => withVault((vault) => void (vault.tags = {})),
    'remove the diagnostic setting': () => void (azure.state.diagnosticSettings = {}),
    'take the right to delete locks': () =>
      azure.control.takeRight({ principal: 'worker', action: takenRights['take the right to delete locks'] }),
    'take the right to write vaults': () =>
      azure.control.takeRight({ principal: 'worker', action: takenRights['take the right to write vaults'] }),
    'give the rights back': giveRightsBack,
    'activate the device': async () => {
      const vault = live();
      if (!vault || !azure.state.dataBoxEdge.devices[world.device().id.toLowerCase()]) return;
      await world.pasteKey(vault.name);
    },
    'recreate the device': async () => {
      try {
        await world.createDeviceAgain();
      } catch (error) {
        if (!(error instanceof Error && error.message.includes(' answered '))) throw error;
      }
    },
  };

  return {
    done: done as ReadonlySet<Deed>,
    locks: locks as ReadonlyMap<string, unknown>,
    /** Where they have brought a second one back, or left one of a former device of that name. */
    mayBeTwoVaults: (): boolean => twoVaults || done.has('recreate the device'),
    hasGranted: (): boolean => granted,
    hasWritten: (): boolean => wrote,
    /** When they last did what may leave the vault without our lock; 0 if they never did. */
    unlockedAt: (): number => unlockedAt,
    do: async (deed: Deed): Promise<void> => {
      done.add(deed);
      if (unlocking.has(deed)) unlockedAt = clock.now();
      await deeds[deed]();
    },
    /** Whatever can be mended from outside is mended. */
    help: (): void => {
      unlock();
      giveRightsBack();
      for (const vault of Object.values(azure.state.vaults)) azure.control.openFirewall({ vaultName: vault.name });
    },
  };
};

export type Others = ReturnType<typeof createOthers>;
