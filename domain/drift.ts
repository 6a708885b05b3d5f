/** Where a device's vault differs from what the procedures promise: one rule for each promise, one line for each breach. */
import { nameIn, sameId } from './device.ts';
import { accessDrift } from './drift-access.ts';
import type { Drift, VaultRule } from './drift-line.ts';
import { auditTagsDrift, purgeProtectionDrift, requiredTagsDrift } from './drift-profile.ts';
import { type Lock, readOnlyLockOver } from './locks.ts';
import { keyVaultLockName } from './names.ts';
import { type Ownership, type Sighting, isOwn, isUnseen, seen } from './ownership.ts';
import {
  type AccountFinding,
  type PostureFindings,
  type VaultFacts,
  integrationOf,
  isActivated,
  liveVault,
  ownerFor,
  ownershipIn,
} from './posture-findings.ts';
import { type CikState, cikStateOf, describeActivationKey } from './posture-secrets.ts';
import { unseenParts } from './unseen.ts';

// Locks and the audit trail: what keeps a vault, and what was done to it, from being lost.

/** Whoever's lock it is and whatever its name: the portal's protects as well as ours. */
const isLocked = (id: string, locks: Sighting<readonly Lock[]>): boolean =>
  isUnseen(locks) || (seen(locks) ?? []).some(({ scope }) => sameId(scope, id));

export const lockDrift: VaultRule = ({ locks }, { id, name }) =>
  isLocked(id, locks.keyVault)
    ? []
    : [
        {
          what: 'lock',
          found: `${name} has no lock of its own`,
          promised: 'a CanNotDelete lock on the vault',
          repair: 'device repair',
          severity: 'warning',
        },
      ];

export const readOnlyDrift: VaultRule = ({ locks }, { id }) => {
  const all = [locks.keyVault, locks.group, locks.subscription].flatMap((list) => seen(list) ?? []);
  const lock = readOnlyLockOver(id, all);
  if (!lock) return [];
  const notes = lock.notes ? `, with the notes "${lock.notes}"` : '';
  return [
    {
      what: 'read-only lock',
      found: `the lock "${lock.name}" on ${lock.scope} prevents every change${notes}`,
      promised: 'locks against deletion only, so that the vault can be repaired',
      repair: 'ask its owner',
      severity: 'warning',
    },
  ];
};

export const auditDrift: VaultRule = (findings, { name }) => {
  const settings = seen(findings.diagnosticSettings);
  if (!settings) return [];
  const auditing = settings.filter(
    ({ auditEvents, storageAccountId }) => auditEvents && storageAccountId !== undefined,
  );
  const accounts = auditing.flatMap(({ storageAccountId }) => accountOf(findings, storageAccountId) ?? []);
  if (accounts.some(({ account }) => account !== 'absent')) return [];
  const [lost] = accounts;
  return [
    {
      what: 'audit trail',
      found: lost
        ? `the audit events of ${name} go to the storage account ${nameIn(lost.id)}, which does not exist`
        : `the audit events of ${name} go to no storage account`,
      promised: 'audit events in a storage account',
      repair: 'device repair',
      severity: 'warning',
    },
  ];
};

export const auditLockDrift: VaultRule = (findings) => {
  const auditing = (seen(findings.diagnosticSettings) ?? []).filter(({ auditEvents }) => auditEvents);
  return auditing.flatMap(({ storageAccountId }) => {
    const finding = accountOf(findings, storageAccountId);
    const account = finding && seen(finding.account);
    if (!account || isLocked(finding.id, finding.locks)) return [];
    return [
      {
        what: 'audit storage lock',
        found: `the storage account ${nameIn(finding.id)} has no lock of its own`,
        promised: 'a CanNotDelete lock on the account that holds the audit log',
        repair: ownerFor(account.tags, findings.device) === 'this device' ? 'device repair' : 'ask its owner',
        severity: 'warning',
      },
    ];
  });
};

const accountOf = ({ accounts }: PostureFindings, id: string | undefined): AccountFinding | undefined =>
  accounts.find((account) => sameId(account.id, id));

export const findDrift = (findings: PostureFindings): Drift[] => {
  const integration = integrationOf(findings);
  if (integration === 'before' || integration === 'not yet') return [];
  const vault = liveVault(findings);
  const found = [
    ...identityDrift(findings),
    ...whereaboutsDrift(findings),
    ...(vault ? rulesFor(findings, vault).flatMap((rule) => rule(findings, vault)) : []),
  ];
  return [...found, ...sightDrift(findings, found)];
};

const identityDrift = ({ device, keyVault }: PostureFindings): Drift[] =>
  device.principalId !== undefined || !seen(keyVault)
    ? []
    : [
        {
          what: 'identity',
          found: 'the system-assigned managed identity is disabled',
          promised: 'enabled for the life of the device: without it the device cannot reach its secrets',
          repair: 'ask its owner',
          severity: 'critical',
        },
      ];

const whereaboutsDrift = (findings: PostureFindings): Drift[] => {
  const present = seen(findings.keyVault);
  if (!present) return [];
  const { name, whereabouts } = present;
  const lost = (found: string, repair: Drift['repair']): Drift[] => [
    { what: 'key vault', found, promised: 'active in the resource group of the device', repair, severity: 'critical' },
  ];
  switch (whereabouts.state) {
    case 'live':
    case 'unknown':
      return [];
    case 'deleted': {
      const { purgedOn } = whereabouts.deleted;
      return lost(`${name} is deleted${purgedOn ? ` and recoverable until ${purgedOn}` : ''}`, 'vault recover');
    }
    case 'deleted elsewhere':
      return lost(`the name ${name} belongs to a deleted vault, ${whereabouts.deleted.vaultId}`, 'ask its owner');
    case 'moved':
      return lost(`${name} was moved to ${whereabouts.vaultId}`, 'ask its owner');
    case 'gone':
      return lost(`${name} is gone and not among the deleted vaults`, ifActivated(findings, 'vault recover'));
  }
};

/** A device that waits for its activation is put right by the procedure that prepares it. */
const ifActivated = (findings: PostureFindings, repair: Drift['repair']): Drift['repair'] =>
  isActivated(findings) ? repair : 'key generate';

const permissionModelDrift: VaultRule = (_, { usesRbac, name }) =>
  usesRbac
    ? [
        {
          what: 'permission model',
          found: `${name} uses Azure RBAC; its access policies have no effect`,
          promised: 'access policies',
          repair: 'ask its owner',
          severity: 'critical',
        },
      ]
    : [];

const fullRetention = 90;

const softDeleteDrift: VaultRule = (_, { softDelete, retentionDays }) =>
  softDelete && retentionDays >= fullRetention
    ? []
    : [
        {
          what: 'soft delete',
          found: softDelete ? `deleted vaults are kept for ${retentionDays} days` : 'soft delete is off',
          promised: `soft delete, kept for ${fullRetention} days`,
          repair: 'ask its owner',
          severity: 'warning',
        },
      ];

const doubtAbout = (name: string, ownership: Ownership): string => {
  const { owner } = ownership;
  if (owner === 'unknown') return `the owner of ${name} is unknown without ${ownership.missing}`;
  if (owner === 'former device' || owner === 'retained') return `${name} belongs to a former device of the same name`;
  return `only the record of the device links to ${name}`;
};

/** The portal tags its vaults otherwise: one that is provably the device's and has no mark of ours is the portal's, and as good. */
const marksDrift: VaultRule = (findings, vault) => {
  const { name } = vault;
  const ownership = ownershipIn(findings, vault);
  const line = { what: 'marks', promised: 'tags that name the device and its identity' } as const;
  if (ownership.owner === 'another device') {
    const found = `${name} belongs to another device, ${ownership.which}`;
    return [{ ...line, found, repair: 'ask its owner', severity: 'critical' }];
  }
  if (!isOwn(ownership)) {
    return [{ ...line, found: doubtAbout(name, ownership), repair: 'ask its owner', severity: 'critical' }];
  }
  const byTags = ownerFor(vault.tags, findings.device);
  if (byTags === 'former device') {
    const found = `${name} carries the tags of a former identity of the device`;
    return [{ ...line, found, repair: 'device repair', severity: 'warning' }];
  }
  const locked = seen(findings.locks.keyVault)?.some((lock) => sameId(lock.name, keyVaultLockName)) ?? false;
  if (byTags !== 'nobody' || !locked) return [];
  return [{ ...line, found: `${name} has our lock, but lacks our tags`, repair: 'device repair', severity: 'notice' }];
};

const linkDrift: VaultRule = (findings, vault) => {
  const link = seen(findings.link);
  if (!link) return [];
  const wrong = [
    ...(sameId(link.vaultId, vault.id) ? [] : [`names ${link.vaultId ?? 'no vault'}`]),
    ...(link.vaultId !== undefined && !sameId(link.vaultUri, vault.uri) ? [`has ${link.vaultUri ?? 'no URI'}`] : []),
    ...(link.vaultId !== undefined && (link.keyName === undefined || link.keyVersion === undefined)
      ? ['names no channel integrity key']
      : []),
  ];
  if (wrong.length === 0) return [];
  return [
    {
      what: 'link',
      found: `the device's record ${wrong.join(' and ')}`,
      promised: `the vault ${vault.name}, its URI, and a version of the channel integrity key`,
      repair: ifActivated(findings, isLinkLost(findings, vault) ? 'vault recover' : 'device repair'),
      severity: 'critical',
    },
  ];
};

/** Whether the record names another vault, and a key that is not in this one: then a recovery says what there is to do. */
const isLinkLost = (findings: PostureFindings, { id }: VaultFacts): boolean => {
  const { vaultId } = seen(findings.link) ?? {};
  return vaultId !== undefined && !sameId(vaultId, id) && cikStateOf(findings) !== 'enabled';
};

const lostKeys: Partial<Record<CikState, { found: string; recoverable: boolean }>> = {
  deleted: { found: 'is deleted and recoverable in the vault', recoverable: true },
  disabled: { found: 'is disabled', recoverable: true },
  missing: { found: 'is not in the vault', recoverable: false },
};

/** It is never replaced for an activated device: what it encrypted would be lost. */
const cikDrift: VaultRule = (findings) => {
  const { keyName, keyVersion } = seen(findings.link) ?? {};
  const lost = lostKeys[cikStateOf(findings)];
  if (keyName === undefined || keyVersion === undefined || !lost) return [];
  return [
    {
      what: 'channel integrity key',
      found: `version ${keyVersion} of ${keyName} ${lost.found}`,
      promised: 'the version that the record of the device names, enabled',
      repair: lost.recoverable ? 'ask its owner' : ifActivated(findings, 'ask its owner'),
      severity: 'critical',
    },
  ];
};

const activationKeyDrift: VaultRule = (findings) => {
  const versions = seen(findings.activationKeys) ?? [];
  const current = describeActivationKey(findings);
  if (isActivated(findings) || versions.length === 0 || current?.state === 'live') return [];
  return [
    {
      what: 'activation key',
      found: current ? `expired on ${current.expiresOn ?? 'an unknown day'}` : 'no version is enabled',
      promised: 'a valid key until the device is activated',
      repair: 'key generate',
      severity: 'notice',
    },
  ];
};

const syncDrift: VaultRule = (findings) =>
  isActivated(findings) && seen(findings.link)?.syncStatus === 'KeyVaultSyncFailed'
    ? [
        {
          what: 'secret sync',
          found: 'the device could not write its secrets to the vault (KeyVaultSyncFailed)',
          promised: 'BitLocker keys and BMC password of the device in its vault',
          repair: 'vault recover',
          severity: 'critical',
        },
      ]
    : [];

const vaultRules: readonly VaultRule[] = [
  permissionModelDrift,
  softDeleteDrift,
  purgeProtectionDrift,
  marksDrift,
  requiredTagsDrift,
  lockDrift,
  readOnlyDrift,
  accessDrift,
  auditDrift,
  auditLockDrift,
  auditTagsDrift,
  linkDrift,
  cikDrift,
  activationKeyDrift,
  syncDrift,
];

/** Of a vault that is not provably the device's all that matters is that. */
const rulesFor = (findings: PostureFindings, vault: VaultFacts): readonly VaultRule[] =>
  isOwn(ownershipIn(findings, vault)) ? vaultRules : [marksDrift];

/** What could not be looked at may have drifted: a check that sees nothing must not pass. */
const sightDrift = (findings: PostureFindings, known: readonly Drift[]): Drift[] => {
  const explained = known.some(({ what }) => what === 'worker access' || what === 'permission model');
  return unseenParts(findings)
    .filter(({ failure }) => !(failure === 'GrantPropagating' && explained))
    .map(({ part, failure, why }) => ({
      what: 'sight',
      found: `${part} cannot be read: ${failure}, ${why}`,
      promised: 'readable by the worker',
      repair: 'ask its owner',
      severity: 'warning',
    }));
};
