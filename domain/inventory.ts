/** What lies in a vault and around it, so that whoever is asked about its deletion knows what goes. */
import { createHash } from 'node:crypto';
import { sameId } from './device.ts';
import type { Lock } from './locks.ts';
import { isProvablyOwn, secretKindOf, type KeyNames, type Made, type SecretKind } from './secret-kinds.ts';

/** A secret by name; its values are never read. */
export type InventorySecret = {
  name: string;
  kind: SecretKind;
  /** Whether it is provably the device's own: then a consent in advance covers it. */
  own: boolean;
  versions: number;
  /** ISO time of its newest version. */
  changedOn?: string;
};

export type Inventory = {
  secrets: InventorySecret[];
  /** Locks on the vault, its group and its subscription, as far as they may be looked at. */
  locks: Lock[];
  /** Stands for the names and versions of all secrets; their ages do not count, nor does who has access. */
  digest: string;
};

/** A secret as the vault lists it: name and ids of its versions. */
export type ListedSecret = Made & { versions: readonly string[]; changedOn?: string };

export const inventoryOf = (listed: readonly ListedSecret[], locks: readonly Lock[], names: KeyNames): Inventory => {
  const derivedVersions = listed.find(({ name }) => sameId(name, names.derived))?.versions ?? [];
  return {
    secrets: listed.map((secret) => ({
      name: secret.name,
      kind: secretKindOf(secret.name, names),
      own: isProvablyOwn(secret, names, derivedVersions),
      versions: secret.versions.length,
      ...(secret.changedOn === undefined ? {} : { changedOn: secret.changedOn }),
    })),
    locks: [...locks],
    digest: digestOf(listed),
  };
};

const digestOf = (listed: readonly ListedSecret[]): string => {
  const versions = listed.flatMap(({ name, versions: ids }) => ids.map((id) => `${name}/${id}`.toLowerCase()));
  return createHash('sha256').update(versions.sort().join('\n')).digest('hex').slice(0, 16);
};
