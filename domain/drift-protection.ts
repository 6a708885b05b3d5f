/** Locks and the audit trail: what keeps a vault, and what was done to it, from being lost. */
import { nameIn, sameId } from './device.ts';
import type { VaultRule } from './drift-line.ts';
import { readOnlyLockOver, type Lock } from './locks.ts';
import { ownerFor, type AccountFinding, type PostureFindings } from './posture-findings.ts';
import { isUnseen, seen, type Sighting } from './sighting.ts';

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
