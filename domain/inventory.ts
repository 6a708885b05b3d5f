/** What lies in a vault and around it, so that whoever is asked about its deletion knows what goes. */
import { createHash } from 'node:crypto';
import type { Lock } from './locks.ts';
import { secretKindOf, type SecretKind } from './secret-kinds.ts';

/** A secret by name; its values are never read. */
export type InventorySecret = {
  name: string;
  kind: SecretKind;
  versions: number;
  /** ISO time of its newest version. */
  changedOn?: string;
};

export type Inventory = {
  secrets: InventorySecret[];
  /** Locks on the vault, its group and its subscription, as far as they may be looked at. */
  locks: Lock[];
  /** Stands for names, versions and locks: two inventories with one digest are the same to whoever decides. */
  digest: string;
};

/** A secret as the vault lists it: name and ids of its versions. */
export type ListedSecret = { name: string; versions: readonly string[]; changedOn?: string };

/** @param linked the name of the channel integrity key in the device's record */
export const inventoryOf = (
  listed: readonly ListedSecret[],
  locks: readonly Lock[],
  linked: string | undefined,
): Inventory => ({
  secrets: listed.map(({ name, versions, changedOn }) => ({
    name,
    kind: secretKindOf(name, linked),
    versions: versions.length,
    ...(changedOn === undefined ? {} : { changedOn }),
  })),
  locks: [...locks],
  digest: digestOf(listed, locks),
});

/** Ages do not count, nor does who has access. */
const digestOf = (listed: readonly ListedSecret[], locks: readonly Lock[]): string => {
  const facts = [
    ...listed.flatMap(({ name, versions }) => versions.map((version) => `${name}/${version}`)),
    ...locks.map(({ id, level }) => `${id} ${level}`),
  ];
  const text = facts.map((fact) => fact.toLowerCase()).sort();
  return createHash('sha256').update(text.join('\n')).digest('hex').slice(0, 16);
};
