/** What lies in a vault and around it, so that whoever is asked about its deletion knows what goes. */
import { createHash } from 'node:crypto';
import { sameId } from './device.ts';
import type { Lock } from './locks.ts';
import { activationKeySecretName } from './names.ts';

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

/** Of bounded size, however many secrets there are: it goes into a history each time that it is taken. */
export type Inventory = {
  /** All that are not foreign, and the first `mostForeign` of those that are; in the order of their names. */
  secrets: InventorySecret[];
  /** How many secrets the vault holds, those that are not named here among them: all of these are foreign. */
  total: number;
  /** Locks on the vault, its group and its subscription, as far as they may be looked at. */
  locks: Lock[];
  /**
   * Stands for all secrets: by the versions of those that are named, whose ages do not count, and by the times of the others.
   * Who has access does not count.
   */
  digest: string;
};

/** Foreign secrets that an inventory names. */
export const mostForeign = 100;

/** Milliseconds after which an inventory is listed again: the vault may have changed meanwhile, without a question. */
export const longestListing = 15 * 60_000;

/** A secret in the list of the vault, without its versions. Times in seconds since 1970. */
export type NamedSecret = { name: string; created: number; updated: number };

/** The list of a vault, as far as it has been read: small enough for each attempt to hand it on to the next. */
export type Listing = {
  total: number;
  /** What the inventory names, in the order of names. */
  named: readonly NamedSecret[];
  /** Stands for the others: hexadecimal, whatever the order in which they came. */
  others: string;
  /** When the last change was made to any of the others; a new version is one. Seconds since 1970. */
  othersChanged: number;
};

export const emptyListing: Listing = { total: 0, named: [], others: '1', othersChanged: 0 };

/** The listing with one page more. */
export const withPage = (listing: Listing, page: readonly NamedSecret[], names: KeyNames): Listing => {
  const all = [...listing.named, ...page].sort(byName);
  const foreign = all.filter(({ name }) => secretKindOf(name, names) === 'foreign');
  const others = new Set(foreign.slice(mostForeign));
  return {
    total: listing.total + page.length,
    named: all.filter((secret) => !others.has(secret)),
    others: [...others].map(textOf).reduce(withElement, listing.others),
    othersChanged: [...others].map(lastChange).reduce((latest, at) => Math.max(latest, at), listing.othersChanged),
  };
};

/** By the code units of the folded name: the same order on every machine. */
const byName = (one: NamedSecret, other: NamedSecret): number => {
  const [a, b] = [one.name.toLowerCase(), other.name.toLowerCase()];
  return a === b ? 0 : a < b ? -1 : 1;
};

const lastChange = ({ created, updated }: NamedSecret): number => Math.max(created, updated);

const textOf = ({ name, created, updated }: NamedSecret): string => `${name.toLowerCase()}/${created}/${updated}`;

/**
 * Whether no change that is still to come can look like one that was listed: the times of a list are whole seconds, so a
 * secret may be written again within the second of its last change, and its times stay as they are.
 * @param now the vault's own time, in milliseconds
 */
export const isTold = ({ othersChanged }: Listing, now: number): boolean => othersChanged < Math.floor(now / 1000);

/** A secret that an inventory names: name and ids of its versions. */
export type ListedSecret = Made & { versions: readonly string[]; changedOn?: string };

/** What the inventory does not name. */
type Others = Pick<Listing, 'total' | 'others'>;

/** @param others the listing that the secrets are named by, where it holds more than they */
export const inventoryOf = (
  listed: readonly ListedSecret[],
  locks: readonly Lock[],
  names: KeyNames,
  { total, others }: Others = { total: listed.length, others: emptyListing.others },
): Inventory => {
  const derivedVersions = listed.find(({ name }) => sameId(name, names.derived))?.versions ?? [];
  return {
    secrets: listed.map((secret) => ({
      name: secret.name,
      kind: secretKindOf(secret.name, names),
      own: isProvablyOwn(secret, names, derivedVersions),
      versions: secret.versions.length,
      ...(secret.changedOn === undefined ? {} : { changedOn: secret.changedOn }),
    })),
    total,
    locks: [...locks],
    digest: digestOf(listed, others),
  };
};

const digestOf = (listed: readonly ListedSecret[], others: string): string => {
  const versions = listed.flatMap(({ name, versions: ids }) => ids.map((id) => `${name}/${id}`.toLowerCase()));
  const rest = others === emptyListing.others ? [] : [others];
  return createHash('sha256')
    .update([...versions.sort(), ...rest].join('\n'))
    .digest('hex')
    .slice(0, 16);
};

/**
 * A hash over a set, in no order, to which one element after the other is multiplied: each attempt goes on with what the one
 * before had, and need not remember what it listed. No other set with the same product can be found (MuHash, Bellare and
 * Micciancio 1997, with the prime of Bitcoin Core's MuHash3072); of a sum or an exclusive or it could be.
 */
const withElement = (product: string, element: string): string =>
  ((BigInt(`0x${product}`) * numberOf(element)) % prime).toString(16);

const prime = 2n ** 3072n - 1_103_717n;

const numberOf = (element: string): bigint =>
  BigInt(`0x${createHash('shake256', { outputLength: 384 }).update(element).digest('hex')}`);

export type SecretKind =
  'channel integrity key' | 'activation key' | 'BitLocker key' | 'BMC password' | 'drive encryption key' | 'foreign';

/** What devices put into their vaults, folded; all names that `deviceSecrets` of the Data Box Edge API documents. */
const deviceSecrets: Record<string, SecretKind> = {
  bmcdefaultuserpassword: 'BMC password',
  hcsdatavolumebitlockerexternalkey: 'BitLocker key',
  hcsinternalvolumebitlockerexternalkey: 'BitLocker key',
  systemvolumebitlockerrecoverykey: 'BitLocker key',
  rotatekeyfordatavolumebitlocker: 'BitLocker key',
  rotatekeysforseddrivesserialized: 'drive encryption key',
  sedencryptionexternalkey: 'drive encryption key',
  sedencryptionexternalkeyid: 'drive encryption key',
};

/** The possible names of the device's channel integrity key. */
export type KeyNames = {
  /** The name that the device's record holds; anybody may have written it. */
  linked?: string | undefined;
  /** The name that every activation of the device gives it. */
  derived?: string | undefined;
};

/** Names of secrets are equal whatever their letter case. One that looks like a key of some other device is foreign. */
export const secretKindOf = (name: string, { linked, derived }: KeyNames): SecretKind => {
  if (sameId(name, activationKeySecretName)) return 'activation key';
  if (sameId(name, derived) || sameId(name, linked)) return 'channel integrity key';
  return deviceSecrets[name.toLowerCase()] ?? 'foreign';
};

/** A secret, and the versions of channel integrity keys that its versions say they were made with. */
export type Made = { name: string; madeWith?: readonly (string | undefined)[] };

/**
 * Whether it is provably the device's own: a name in its record alone does not prove it. All devices store their activation
 * key under one name, so that it is known by the key that it was made with.
 * @param derivedVersions those of the channel integrity key under its derived name
 */
export const isProvablyOwn = (
  { name, madeWith = [] }: Made,
  { derived }: KeyNames,
  derivedVersions: readonly string[],
): boolean => {
  const kind = secretKindOf(name, { derived });
  if (kind === 'activation key') return madeWith.every((key) => key !== undefined && derivedVersions.includes(key));
  return kind !== 'foreign';
};
