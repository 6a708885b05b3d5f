/** How a device's vault stands: what the Security page of the device shows, and how it differs from what is promised. */
import { sameId } from './device.ts';
import type { Drift } from './drift-line.ts';
import { findDrift } from './drift.ts';
import type { Lock } from './locks.ts';
import { keyVaultLockName } from './names.ts';
import { type Owner, type Ownership, isUnseen, seen, type Sighting } from './ownership.ts';
import { describeAccess, type AccessEntry } from './posture-access.ts';
import {
  integrationOf,
  isActivated,
  ownerFor,
  ownershipIn,
  type Integration,
  type PostureFindings,
  type VaultFacts,
} from './posture-findings.ts';
import {
  cikStateOf,
  describeActivationKey,
  describeSecrets,
  type CikState,
  type PostureKey,
  type PostureSecret,
} from './posture-secrets.ts';
import { unseenParts, type UnseenPart } from './unseen.ts';

export type PostureDevice = {
  name: string;
  location: string;
  status: string;
  activated: boolean;
  /** The system-assigned managed identity, and its object id. */
  identity: 'enabled' | 'disabled';
  principalId?: string;
  tenantId?: string;
};

/** The link in the device's record. */
export type PostureLink = {
  vaultId?: string;
  vaultUri?: string;
  channelIntegrityKey?: { name: string; version: string; state: CikState };
  syncStatus?: string;
};

export type PostureVault = { name: string } & (
  | {
      state: 'live';
      id: string;
      uri: string;
      sku: string;
      softDelete: boolean;
      retentionDays: number;
      purgeProtection: boolean;
      permissionModel: 'access policies' | 'Azure RBAC';
      network: VaultFacts['network'];
      /** ISO time, where Azure says it. */
      createdAt?: string;
      /** By all that speaks for an owner. */
      owner: Ownership['owner'];
      /** By its tags alone. `nobody`: it has none of ours, as what the portal makes. */
      tags: Owner;
      provisioned: boolean;
    }
  | { state: 'deleted' | 'deleted elsewhere'; id: string; deletedOn?: string; purgedOn?: string }
  | { state: 'moved'; id: string }
  | { state: 'gone' | 'unknown' }
);

export type PostureLock = Pick<Lock, 'name' | 'level' | 'scope' | 'notes'> & {
  whose: 'ours' | 'inherited' | 'foreign';
};

export type PostureSetting = {
  name: string;
  auditEvents: boolean;
  storageAccount?: {
    id: string;
    state: 'there' | 'absent' | 'unknown';
    sku?: string;
    owner?: Owner;
    /** Levels of the locks on it. */
    locks?: string[];
  };
};

/** The status of a device. An absent part does not exist or is not readable; `unseen` names the unreadable parts. */
export type Posture = {
  /** ARM id of the device, in Azure's spelling. */
  deviceId: string;
  /** ISO time by Azure's own clock. */
  at: string;
  integration: Integration;
  device: PostureDevice;
  link?: PostureLink;
  keyVault?: PostureVault;
  locks?: PostureLock[];
  accessPolicies?: AccessEntry[];
  diagnosticSettings?: PostureSetting[];
  secrets?: PostureSecret[];
  activationKey?: PostureKey;
  unseen: UnseenPart[];
  drift: Drift[];
};

export const judgePosture = (findings: PostureFindings): Posture => {
  const link = describeLink(findings);
  const keyVault = describeVault(findings);
  const locks = describeLocks(findings);
  const accessPolicies = describeAccess(findings);
  const diagnosticSettings = describeSettings(findings);
  const secrets = describeSecrets(findings);
  const activationKey = describeActivationKey(findings);
  return {
    deviceId: findings.device.id,
    at: new Date(findings.now).toISOString(),
    integration: integrationOf(findings),
    device: describeDevice(findings),
    ...(link ? { link } : {}),
    ...(keyVault ? { keyVault } : {}),
    ...(locks ? { locks } : {}),
    ...(accessPolicies ? { accessPolicies } : {}),
    ...(diagnosticSettings ? { diagnosticSettings } : {}),
    ...(secrets ? { secrets } : {}),
    ...(activationKey ? { activationKey } : {}),
    unseen: unseenParts(findings),
    drift: findDrift(findings),
  };
};

const describeDevice = (findings: PostureFindings): PostureDevice => {
  const { name, location, status, principalId, tenantId } = findings.device;
  return {
    name,
    location,
    status,
    activated: isActivated(findings),
    identity: principalId === undefined ? 'disabled' : 'enabled',
    ...(principalId === undefined ? {} : { principalId }),
    ...(tenantId === undefined ? {} : { tenantId }),
  };
};

const describeLink = (findings: PostureFindings): PostureLink | undefined => {
  const link = seen(findings.link);
  if (!link) return undefined;
  const { vaultId, vaultUri, keyName, keyVersion, syncStatus } = link;
  const key = keyName !== undefined && keyVersion !== undefined ? { name: keyName, version: keyVersion } : undefined;
  return {
    ...(vaultId === undefined ? {} : { vaultId }),
    ...(vaultUri === undefined ? {} : { vaultUri }),
    ...(key ? { channelIntegrityKey: { ...key, state: cikStateOf(findings) } } : {}),
    ...(syncStatus === undefined ? {} : { syncStatus }),
  };
};

const describeVault = (findings: PostureFindings): PostureVault | undefined => {
  const found = seen(findings.keyVault);
  if (!found) return undefined;
  const { name, whereabouts } = found;
  switch (whereabouts.state) {
    case 'live':
      return { state: 'live', ...describeLiveVault(whereabouts.vault, findings) };
    case 'deleted':
    case 'deleted elsewhere': {
      const { vaultId: id, deletedOn, purgedOn } = whereabouts.deleted;
      const dates = { ...(deletedOn ? { deletedOn } : {}), ...(purgedOn ? { purgedOn } : {}) };
      return { name, state: whereabouts.state, id, ...dates };
    }
    case 'moved':
      return { name, state: 'moved', id: whereabouts.vaultId };
    case 'gone':
    case 'unknown':
      return { name, state: whereabouts.state };
  }
};

const describeLiveVault = (vault: VaultFacts, findings: PostureFindings) => {
  const { id, name, uri, sku, softDelete, retentionDays, purgeProtection, network, provisioned } = vault;
  return {
    id,
    name,
    uri,
    sku,
    softDelete,
    retentionDays,
    purgeProtection,
    permissionModel: vault.usesRbac ? ('Azure RBAC' as const) : ('access policies' as const),
    network,
    owner: ownershipIn(findings, vault).owner,
    tags: ownerFor(vault.tags, findings.device),
    ...(vault.createdAt === undefined ? {} : { createdAt: vault.createdAt }),
    provisioned,
  };
};

const describeLocks = ({ locks, keyVault }: PostureFindings): PostureLock[] | undefined => {
  const whereabouts = seen(keyVault)?.whereabouts;
  const lists = [locks.keyVault, locks.group, locks.subscription];
  if (whereabouts?.state !== 'live' || lists.every((list) => isUnseen(list))) return undefined;
  const { id } = whereabouts.vault;
  return lists.flatMap((list) => seen(list) ?? []).map((lock) => describeLock(lock, id));
};

const describeLock = ({ name, level, scope, notes }: Lock, vaultId: string): PostureLock => {
  const own = sameId(name, keyVaultLockName) ? 'ours' : 'foreign';
  const whose = sameId(scope, vaultId) ? own : 'inherited';
  return { name, level, scope, whose, ...(notes === undefined ? {} : { notes }) };
};

const describeSettings = (findings: PostureFindings): PostureSetting[] | undefined =>
  seen(findings.diagnosticSettings)?.map(({ name, auditEvents, storageAccountId: id }) => {
    const finding = findings.accounts.find((account) => sameId(account.id, id));
    if (id === undefined || !finding) return { name, auditEvents };
    const account = seen(finding.account);
    const locks = seen(finding.locks)?.map(({ level }) => level);
    const facts = account ? { sku: account.sku, owner: ownerFor(account.tags, findings.device) } : {};
    const storageAccount = { id, state: stateOf(finding.account), ...facts, ...(locks ? { locks } : {}) };
    return { name, auditEvents, storageAccount };
  });

const stateOf = (account: Sighting<unknown>): 'there' | 'absent' | 'unknown' => {
  if (account === 'absent') return 'absent';
  return isUnseen(account) ? 'unknown' : 'there';
};
