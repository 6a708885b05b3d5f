import { devicePermissions, keyReaderPermissions, workerPermissions, type AccessPolicy } from './access.ts';
import { tagNamed } from './ownership.ts';
import { liveVault, type PostureFindings, type VaultFacts } from './posture-findings.ts';

export type Holder = 'device' | 'worker' | 'key reader' | 'foreign';

/** One access policy. */
export type AccessEntry = {
  objectId: string;
  whose: Holder;
  /** Rights on secrets by their names, those on other things as `keys get`. */
  rights: string[];
  /** What it holds beyond what its holder is promised; for a foreign one, all. */
  beyond: string[];
};

const promised: Record<Holder, readonly string[]> = {
  device: devicePermissions,
  worker: workerPermissions,
  'key reader': keyReaderPermissions,
  foreign: [],
};

export const describeAccess = (findings: PostureFindings): AccessEntry[] | undefined => {
  const vault = liveVault(findings);
  return vault?.accessPolicies.map((policy) => {
    const whose = holderOf(policy, vault, findings);
    const rights = rightsOf(policy);
    const beyond = rights.filter((right) => !promised[whose].includes(right));
    return { objectId: policy.objectId, whose, rights, beyond };
  });
};

/** Returns the rights that the holder of an entry requires and lacks. */
export const lackingRights = ({ whose, rights }: AccessEntry): string[] =>
  rights.includes('all') ? [] : promised[whose].filter((right) => !rights.includes(right));

/**
 * An entry for an application that acts for somebody is none of ours. While the identity is disabled, the tags remember
 * which one it was.
 */
const holderOf = (
  { objectId, applicationId }: AccessPolicy,
  { tags }: VaultFacts,
  findings: PostureFindings,
): Holder => {
  const { device, worker, keyReaders } = findings;
  const is = (principal: string | undefined): boolean => principal?.toLowerCase() === objectId.toLowerCase();
  if (applicationId !== undefined) return 'foreign';
  if (is(device.principalId ?? tagNamed(tags, 'ase-device-principal'))) return 'device';
  if (is(worker)) return 'worker';
  return keyReaders.some(is) ? 'key reader' : 'foreign';
};

const rightsOf = ({ permissions }: AccessPolicy): string[] =>
  Object.entries(permissions).flatMap(([kind, rights]) =>
    rights.map((right) => (kind === 'secrets' ? right.toLowerCase() : `${kind} ${right.toLowerCase()}`)),
  );
