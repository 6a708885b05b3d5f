/** The reference of a vault, which workflows carry: their sandbox has no digests, as what makes names needs. */

/** The data of a vault that later steps need. */
export type KeyVaultRef = {
  id: string;
  name: string;
  uri: string;
  /** ISO time. With the id it tells a vault from one that is made under its name later; it survives a recovery (recorded). */
  createdAt?: string;
};

export const refOf = ({ id, name, uri, createdAt }: KeyVaultRef): KeyVaultRef => ({
  id,
  name,
  uri,
  ...(createdAt === undefined ? {} : { createdAt }),
});

/** Where Azure does not say when a vault was created, nobody knows whether it is the same. */
export const compareVaults = (
  { createdAt: one }: Pick<KeyVaultRef, 'createdAt'>,
  { createdAt: other }: Pick<KeyVaultRef, 'createdAt'>,
): 'same' | 'another' | 'unknown' => {
  if (one === undefined || other === undefined) return 'unknown';
  return one === other ? 'same' : 'another';
};

/** When a vault was deleted, as far as it is known (ISO time, of whole seconds). */
export type Deleted = { deletedOn?: string };

/**
 * Whether a vault that is alive is the one that was deleted at a time: a deleted one shows no creation time, but whatever is
 * made under its name later is younger than its deletion.
 */
export const compareWithDeleted = (
  { deletedOn }: Deleted,
  { createdAt }: Pick<KeyVaultRef, 'createdAt'>,
): 'same' | 'another' | 'unknown' => {
  if (deletedOn === undefined || createdAt === undefined) return 'unknown';
  return secondOf(createdAt) <= secondOf(deletedOn) ? 'same' : 'another';
};

const secondOf = (time: string): number => Math.floor(Date.parse(time) / 1000);
