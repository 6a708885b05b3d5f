/** Permissions of one principal on a vault, as access policies hold them. */
export type AccessPolicy = {
  tenantId: string;
  objectId: string;
  applicationId?: string;
  permissions: Record<string, string[]>;
};

/** The worker needs its own entry: Key Vault grants nothing to the principal that creates a vault. */
export const workerPermissions = ['get', 'set', 'list'];
/** The article: the device's access is restricted to Get and Set of secrets. */
export const devicePermissions = ['get', 'set'];
/** Access policies are vault-wide: a key reader can read every secret of the vault. */
export const keyReaderPermissions = ['get'];

export type Grant = { tenantId: string; objectId: string; secrets: readonly string[] };

export const workerGrant = (tenantId: string, objectId: string): Grant => ({
  tenantId,
  objectId,
  secrets: workerPermissions,
});

/** One call of `accessPolicies/{kind}`: `add` unites with what is there, `replace` overwrites that principal alone. */
export type AccessPolicyChange = { kind: 'add' | 'replace'; policies: AccessPolicy[] };

/**
 * Returns the entries to send so that each granted principal holds its rights. Absent entries are added, `exact`
 * entries with more or fewer rights are replaced, others are widened. Entries of anybody else never appear.
 */
export const planAccess = (
  present: readonly AccessPolicy[],
  { exact, atLeast }: { exact: readonly Grant[]; atLeast: readonly Grant[] },
): AccessPolicyChange[] => {
  const replaced = exact.filter((grant) => entryOf(present, grant) && !holdsExactly(present, grant));
  const added = [
    ...exact.filter((grant) => !entryOf(present, grant)),
    ...atLeast.filter((grant) => !holdsAtLeast(present, grant)),
  ];
  return [change('replace', replaced), change('add', added)].filter(({ policies }) => policies.length > 0);
};

export const holdsExactly = (present: readonly AccessPolicy[], grant: Grant): boolean => {
  const entry = entryOf(present, grant);
  if (!entry) return false;
  const others = Object.entries(entry.permissions).some(([kind, held]) => kind !== 'secrets' && held.length > 0);
  const secrets = lower(entry.permissions['secrets']);
  return !others && secrets.length === grant.secrets.length && grant.secrets.every((right) => secrets.includes(right));
};

export const holdsAtLeast = (present: readonly AccessPolicy[], grant: Grant): boolean => {
  const secrets = lower(entryOf(present, grant)?.permissions['secrets']);
  return secrets.includes('all') || grant.secrets.every((right) => secrets.includes(right));
};

const entryOf = (present: readonly AccessPolicy[], { tenantId, objectId }: Grant): AccessPolicy | undefined =>
  present.find(
    (entry) =>
      entry.applicationId === undefined &&
      entry.objectId.toLowerCase() === objectId.toLowerCase() &&
      entry.tenantId.toLowerCase() === tenantId.toLowerCase(),
  );

const lower = (rights: readonly string[] | undefined): string[] => (rights ?? []).map((right) => right.toLowerCase());

const change = (kind: AccessPolicyChange['kind'], grants: readonly Grant[]): AccessPolicyChange => ({
  kind,
  policies: grants.map(policyOf),
});

export const policyOf = ({ tenantId, objectId, secrets }: Grant): AccessPolicy => ({
  tenantId,
  objectId,
  permissions: { secrets: [...secrets] },
});
